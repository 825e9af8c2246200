#include "../base/test_support.h"

#include <stdlib.h>

#include "../elf/elf_builder.h"
#include "base/cleanup.h"
#include "unwind/unwind.h"

/*
 * A module with one function, of the whole text, and the unwind information for it, which lies in
 * the text too.
 */
#define HEADER_OFFSET 0x400
#define FRAME_OFFSET  0x420
#define MAPPED        0x10001000ULL

struct plan {
	const char *augmentation; /* "zR" */
	uint64_t return_column;   /* one byte */
	const char *cie;          /* instructions, as hexadecimal */
	const char *fde;
};

#define GOOD_CIE "0c07089001" /* def_cfa rsp+8, rip at cfa-8 */

static void put(uint8_t **at, const void *bytes, size_t length)
{
	memcpy(*at, bytes, length);
	*at += length;
}

static void put_u32(uint8_t **at, uint32_t value)
{
	put(at, &value, sizeof(value));
}

static void put_hexadecimal(uint8_t **at, const char *digits)
{
	for (; *digits; digits += 2) {
		char pair[3] = {digits[0], digits[1], '\0'};

		*(*at)++ = (uint8_t)strtoul(pair, NULL, 16);
	}
}

static void put_length(uint8_t *start, const uint8_t *end)
{
	uint32_t length = (uint32_t)(end - start) - 4;

	memcpy(start, &length, sizeof(length));
}

static void put_frame(uint8_t *frame, const struct plan *plan)
{
	uint8_t *at = frame + 8, *fde;

	memset(frame, 0, 8);
	*at++ = 1;
	put(&at, plan->augmentation, strlen(plan->augmentation) + 1);
	put_hexadecimal(&at, "0178");
	*at++ = (uint8_t)plan->return_column;
	put_hexadecimal(&at, strchr(plan->augmentation, 'R') ? "011b" : "0100");
	put_hexadecimal(&at, plan->cie);
	put_length(frame, at);
	fde = at;
	at += 4;
	put_u32(&at, (uint32_t)(at - frame));
	put_u32(&at, (uint32_t) - (FRAME_OFFSET + (at - frame)));
	put_u32(&at, BUILT_TEXT_SIZE);
	*at++ = 0;
	put_hexadecimal(&at, plan->fde);
	put_length(fde, at);
	put_u32(&at, 0);
}

static struct u8_array build(const struct plan *plan)
{
	struct u8_array file = build_elf(&(struct elf_plan){0});
	uint8_t *text = file.items + BUILT_TEXT_OFFSET, *at = text + HEADER_OFFSET;
	uint32_t cie_length;

	*built_segment(&file, 2) = (Elf64_Phdr){.p_type = PT_GNU_EH_FRAME,
		.p_vaddr = BUILT_TEXT_ADDRESS + HEADER_OFFSET,
		.p_memsz = 20};
	put_frame(text + FRAME_OFFSET, plan);
	memcpy(&cie_length, text + FRAME_OFFSET, sizeof(cie_length));
	put_hexadecimal(&at, "011b033b");
	put_u32(&at, FRAME_OFFSET - HEADER_OFFSET - 4);
	put_u32(&at, 1);
	put_u32(&at, (uint32_t)-HEADER_OFFSET);
	put_u32(&at, FRAME_OFFSET - HEADER_OFFSET + 4 + cie_length);
	return file;
}

static struct error *open_built(void *context, const struct mapping *mapping, int *ret_fd)
{
	(void)mapping;
	*ret_fd = file_of(context);
	return NULL;
}

/* From a pc 0x10 into the function, with a return address of zero at the stack pointer. */
static enum unwind_end unwind(const struct plan *plan)
{
	static const char maps[] = "10001000-10001800 r-xp 00001000 08:01 7 /built\n";
	CLEANUP(u8_array_deinit) struct u8_array file = build(plan);
	CLEANUP(mappings_deinit) struct mappings mappings = {0};
	CLEANUP(unwind_result_deinit) struct unwind_result result = {0};
	struct unwind_input input = {
		.stack_address = 0x7000, .stack = (uint8_t[64]){0}, .stack_length = 64};
	struct module_table *modules;
	struct unwinder *unwinder;
	bool changed;

	input.registers.values[REGISTER_PC] = MAPPED + 0x10;
	input.registers.values[REGISTER_RSP] = 0x7000;
	assert_success(mappings_parse(cursor_over(maps, strlen(maps)), &mappings));
	assert_success(module_table_create(
		(struct module_opener){.open = open_built, .context = &file}, &modules));
	assert_success(module_table_update(modules, &mappings, &changed));
	assert_success(unwinder_create(modules, &unwinder));
	assert_success(unwind_stack(unwinder, &input, &result));
	unwinder_destroy(unwinder);
	module_table_destroy(modules);
	return result.end;
}

static void usual_rules_are_followed(void **state)
{
	static const struct plan plans[] = {
		{"zR", 16, GOOD_CIE, ""},
		{"zR", 16, GOOD_CIE "0000", "0000"},
		{"zR", 16, "00", "0c07089001"},         /* in the FDE alone */
		{"zR", 16, GOOD_CIE, "410e108602"},     /* push rbp */
		{"zR", 16, GOOD_CIE, "0a410e100b"},     /* remember, restore */
		{"zR", 16, GOOD_CIE, "5f0f0377a00106"}, /* an expression, later on */
		{"zR", 16, GOOD_CIE, "5f0f0b770880003f1a3b2a33242200"}, /* as for a PLT */
		{"zR", 16, GOOD_CIE, "0906071603027700"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		if (unwind(&plans[i]) != UNWIND_COMPLETE)
			fail_msg("plan %zu is not followed", i);
	}
}

/* As the unwinder itself says: all of what is not understood is no rule. */
static void rules_that_cannot_be_are_refused(void **state)
{
	static const struct plan plans[] = {
		{"zR", 200, GOOD_CIE, ""}, /* a return column beyond all */
		{"zR", 17, GOOD_CIE, ""},
		{"zR", 16, GOOD_CIE, "0910ffffff7f"}, /* rip in register 2^28 - 1 */
		{"zR", 16, GOOD_CIE, "091011"},       /* rip in register 17 */
		{"zR", 16, GOOD_CIE "0910ffffff7f", ""},
		{"zR", 16, GOOD_CIE, "0c1108"},             /* the CFA from register 17 */
		{"zR", 16, GOOD_CIE, "0fffffffffffffff7f"}, /* a length beyond the file */
		{"zR", 16, "00", "0a0c07080b"},             /* a state without a CFA is restored */
		{"zR", 16, "00", ""}, {"zR", 16, GOOD_CIE, "0b"}, /* nothing was remembered */
		{"zR", 16, "0f0177", "0e08"}, /* half of a CFA that has no halves */
		{"zR", 16, GOOD_CIE, "2d"}, {"zR", 16, GOOD_CIE, "1c"},
		{"zR", 16, GOOD_CIE, "0effffffffffffffffffff7f"},
		{"zR", 16, GOOD_CIE, "13ffffffffff3f"}, /* beyond 32 bits */
		{"zX", 16, GOOD_CIE, ""}, {"R", 16, GOOD_CIE, ""}, {"zRRRR", 16, GOOD_CIE, ""},
		{"zR", 16, "d0", GOOD_CIE}, /* restores what was never */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		if (unwind(&plans[i]) != UNWIND_NO_RULES)
			fail_msg("plan %zu: %s", i, unwind_end_text(unwind(&plans[i])));
}

static void expressions_that_cannot_be_evaluated_break_the_frame(void **state)
{
	static const struct plan plans[] = {
		{"zR", 16, GOOD_CIE, "0f0330301b"},   /* a division by zero */
		{"zR", 16, GOOD_CIE, "0f032ffdff"},   /* a jump to itself */
		{"zR", 16, GOOD_CIE, "0f043128fcff"}, /* the same while 1 */
		{"zR", 16, GOOD_CIE, "0f032f7fff"},   /* a jump out of it */
		{"zR", 16, GOOD_CIE, "1010017f00"},   /* an operand over the end */
		{"zR", 16, GOOD_CIE, "0f0122"},       /* nothing to add */
		{"zR", 16, GOOD_CIE, "0f00"},         /* nothing at all */
		{"zR", 16, GOOD_CIE, "0f023006"},     /* reads what is not there */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		if (unwind(&plans[i]) != UNWIND_BAD_FRAME)
			fail_msg("plan %zu: %s", i, unwind_end_text(unwind(&plans[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usual_rules_are_followed),
		cmocka_unit_test(rules_that_cannot_be_are_refused),
		cmocka_unit_test(expressions_that_cannot_be_evaluated_break_the_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
