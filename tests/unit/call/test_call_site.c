#include "../base/test_support.h"

#include "call/call_site.h"

#define CODE   0x401000ULL
#define LENGTH 64

/* LENGTH bytes at CODE, and nothing around them. */
static size_t read_code(void *context, uint64_t address, void *buffer, size_t length)
{
	uint64_t offset = address - CODE;

	if (offset >= LENGTH)
		return 0;
	if (length > LENGTH - offset)
		length = LENGTH - offset;
	memcpy(buffer, (const char *)context + offset, length);
	return length;
}

/* What was called by the instruction before CODE + 6. */
static bool find(const char *bytes, size_t length, uint64_t *ret)
{
	char code[LENGTH];
	const struct memory_reader reader = {read_code, code};

	memset(code, 0x90, sizeof(code));
	memcpy(code, bytes, length);
	return call_site_target(&reader, CODE + 6, ret);
}

#define FIND(bytes, ret) find(bytes, sizeof(bytes) - 1, ret)

static void a_direct_call_leads_to_its_target(void **state)
{
	uint64_t target;

	(void)state;
	assert_true(FIND("\x90\xe8\x0a\x00\x00\x00", &target));
	assert_int_equal(target, CODE + 0x10);
	/* Backwards, and out of what can be read. */
	assert_true(FIND("\x90\xe8\x00\xff\xff\xff", &target));
	assert_int_equal(target, CODE + 6 - 0x100);
}

static void an_indirect_call_leads_to_what_its_slot_holds(void **state)
{
	uint64_t target = 77;

	(void)state;
	assert_true(
		FIND("\xff\x15\x02\x00\x00\x00\x90\x90\x88\x77\x66\x55\x44\x33\x22\x11", &target));
	assert_int_equal(target, 0x1122334455667788);
	target = 77;
	assert_false(FIND("\xff\x15\x00\x01\x00\x00", &target)); /* not readable */
	assert_int_equal(target, 77);
}

/* The table's entry is at CODE + 16; its slot at CODE + 40. */
static void the_linkage_table_is_followed(void **state)
{
	static const struct {
		const char *entry;
		size_t length;
		uint8_t distance; /* of the slot from the end of the jump */
	} tables[] = {
		{"\xff\x25", 2, 18},
		{"\xf2\xff\x25", 3, 17},
		{"\xf3\x0f\x1e\xfa\xff\x25", 6, 14},
		{"\xf3\x0f\x1e\xfa\xf2\xff\x25", 7, 13},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		char code[48] = "\x90\xe8\x0a\x00\x00\x00";
		uint64_t target, slot = 0x7fff12345678;

		memcpy(code + 16, tables[i].entry, tables[i].length);
		code[16 + tables[i].length] = (char)tables[i].distance;
		memcpy(code + 40, &slot, sizeof(slot));
		assert_true(find(code, sizeof(code), &target));
		assert_int_equal(target, slot);
	}
}

static void other_calls_lead_nowhere(void **state)
{
	uint64_t target = 77;

	(void)state;
	assert_false(FIND("\x90\x90\x90\x90\xff\xd0", &target)); /* call *%rax */
	assert_false(FIND("\x90\x90\x90\xff\x53\x10", &target)); /* call *16(%rbx) */
	assert_false(FIND("\x90\xe9\x0a\x00\x00\x00", &target)); /* jmp */
	assert_int_equal(target, 77);
	const struct memory_reader reader = {read_code, (char[LENGTH]){0}};
	assert_false(call_site_target(&reader, CODE + 5, &target));
	assert_false(call_site_target(&reader, 0, &target));
	assert_int_equal(target, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_direct_call_leads_to_its_target),
		cmocka_unit_test(an_indirect_call_leads_to_what_its_slot_holds),
		cmocka_unit_test(the_linkage_table_is_followed),
		cmocka_unit_test(other_calls_lead_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
