#include "../base/test_support.h"

#include <stdio.h>

#include "unwind/frame_program.h"

/* The instructions of a function at 0x1000, and of its CIE: the CFA is rsp + 8, rip at -8. */
#define START       0x1000
#define COMMON_TEXT "0c07089001"

struct bytes {
	uint8_t items[64];
	size_t count;
};

static struct bytes bytes_of(const char *digits)
{
	struct bytes bytes = {.count = strlen(digits) / 2};

	for (size_t i = 0; i < bytes.count; i++) {
		unsigned int byte;

		assert_int_equal(sscanf(digits + i * 2, "%2x", &byte), 1);
		bytes.items[i] = (uint8_t)byte;
	}
	return bytes;
}

static struct bytes common_bytes, function_bytes;

static bool run(const char *common_text, const char *text, uint64_t offset, struct frame_row *ret)
{
	common_bytes = bytes_of(common_text);
	function_bytes = bytes_of(text);
	const struct common_entry common = {
		.instructions = cursor_over(common_bytes.items, common_bytes.count),
		.code_alignment = 1,
		.data_alignment = -8,
		.pointer_encoding = 0x1b,
	};
	const struct function_entry function = {
		.instructions = cursor_over(function_bytes.items, function_bytes.count),
		.address = START + 0x100,
		.start = START,
		.end = START + 0x100,
	};

	return frame_program_run(&common, &function, START + offset, ret);
}

/* "cfa=7+8 3@-16 16@-8": of each register its rule and value. */
static const char *describe(const struct frame_row *row)
{
	static const char marks[] = {
		[RULE_UNDEFINED] = '?',
		[RULE_AT_CFA] = '@',
		[RULE_IS_CFA] = '=',
		[RULE_REGISTER] = 'r',
		[RULE_AT_EXPRESSION] = '*',
		[RULE_IS_EXPRESSION] = '!',
	};
	static char text[256];
	const struct frame_rules *rules = &row->rules;
	int at =
		rules->cfa_rule == RULE_IS_EXPRESSION
			? snprintf(text, sizeof(text), "cfa!%zu", cursor_left(&row->cfa_expression))
			: snprintf(text, sizeof(text), "cfa=%d%+d", rules->cfa_register,
				  rules->cfa_value);

	for (int i = 0; i < REGISTER_COUNT; i++) {
		assert_int_equal(rules->changed >> i & 1, rules->rules[i] != RULE_SAME);
		int value = rules->rules[i] == RULE_AT_EXPRESSION ||
					    rules->rules[i] == RULE_IS_EXPRESSION
				    ? (int)cursor_left(&row->expressions[i])
				    : rules->values[i];
		if (rules->rules[i] != RULE_SAME)
			at += snprintf(text + at, sizeof(text) - (size_t)at, " %d%c%d", i,
				marks[rules->rules[i]], value);
	}
	return text;
}

struct expected {
	const char *instructions;
	uint64_t offset;
	const char *row; /* NULL: none */
};

static void check(const struct expected *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct frame_row row;
		bool found = run(COMMON_TEXT, cases[i].instructions, cases[i].offset, &row);

		if (found != (cases[i].row != NULL))
			fail_msg("'%s' has %s row", cases[i].instructions, found ? "a" : "no");
		if (found && strcmp(describe(&row), cases[i].row) != 0)
			fail_msg("'%s' at %lu: '%s' and not '%s'", cases[i].instructions,
				cases[i].offset, describe(&row), cases[i].row);
	}
}

static void rows_follow_the_code(void **state)
{
	static const struct expected cases[] = {
		{"", 0, "cfa=7+8 16@-8"},
		/* push rbp; mov rsp, rbp; ... leave; ret */
		{"410e108602430d06020b0c0708", 0, "cfa=7+8 16@-8"},
		{"410e108602430d06020b0c0708", 1, "cfa=7+16 6@-16 16@-8"},
		{"410e108602430d06020b0c0708", 3, "cfa=7+16 6@-16 16@-8"},
		{"410e108602430d06020b0c0708", 4, "cfa=6+16 6@-16 16@-8"},
		{"410e108602430d06020b0c0708", 15, "cfa=7+8 6@-16 16@-8"},
		{"0210"
		 "0e10",
			15, "cfa=7+8 16@-8"},
		{"0210"
		 "0e10",
			16, "cfa=7+16 16@-8"},
		{"031000"
		 "0e10",
			15, "cfa=7+8 16@-8"},
		{"031000"
		 "0e10",
			16, "cfa=7+16 16@-8"},
		{"0410000000"
		 "0e10",
			15, "cfa=7+8 16@-8"},
		{"0410000000"
		 "0e10",
			16, "cfa=7+16 16@-8"},
		/* set_loc, relative to itself: 0x1101 - 0xf1 */
		{"010fffffff"
		 "0e10",
			15, "cfa=7+8 16@-8"},
		{"010fffffff"
		 "0e10",
			16, "cfa=7+16 16@-8"},
	};

	(void)state;
	check(cases, sizeof(cases) / sizeof(cases[0]));
}

static void every_instruction_has_its_effect(void **state)
{
	static const struct expected cases[] = {
		{"050c03", 0, "cfa=7+8 12@-24 16@-8"},    /* offset_extended */
		{"110c7d", 0, "cfa=7+8 12@24 16@-8"},     /* offset_extended_sf */
		{"140c03", 0, "cfa=7+8 12=-24 16@-8"},    /* val_offset */
		{"150c7d", 0, "cfa=7+8 12=24 16@-8"},     /* val_offset_sf */
		{"2f0c03", 0, "cfa=7+8 12@24 16@-8"},     /* GNU_negative_offset_extended */
		{"2e20", 0, "cfa=7+8 16@-8"},             /* GNU_args_size */
		{"07060703", 0, "cfa=7+8 3?0 6?0 16@-8"}, /* undefined */
		{"860208060e10", 0, "cfa=7+16 16@-8"},    /* same_value */
		{"091007", 0, "cfa=7+8 16r7"},            /* register */
		{"10060277088602", 0, "cfa=7+8 6@-16 16@-8"},
		{"1006027708", 0, "cfa=7+8 6*2 16@-8"}, /* expression */
		{"1606027708", 0, "cfa=7+8 6!2 16@-8"}, /* val_expression */
		{"0f03770806", 0, "cfa!3 16@-8"},       /* def_cfa_expression */
		{"0f037708060c0a20", 0, "cfa=10+32 16@-8"},
		{"120a7e", 0, "cfa=10+16 16@-8"},         /* def_cfa_sf */
		{"137e", 0, "cfa=7+16 16@-8"},            /* def_cfa_offset_sf */
		{"0d0a", 0, "cfa=10+8 16@-8"},            /* def_cfa_register */
		{"0e200f01770d0a", 0, "cfa=10+32 16@-8"}, /* ... with the offset from before */
		{"0e200a0f01770b0e30", 0, "cfa=7+48 16@-8"},
		{"860286039003d0c6", 0, "cfa=7+8 16@-8"},   /* restore */
		{"860290030610", 0, "cfa=7+8 6@-16 16@-8"}, /* restore_extended */
		{"86020a0e2083030b", 0, "cfa=7+8 6@-16 16@-8"},
		{"0a0a0e200b0e300b", 0, "cfa=7+8 16@-8"},
		/* Vector registers do not matter. */
		{"91030511040711081109110010110277081611027708c8d1", 0, "cfa=7+8 16@-8"},
		{"2000", 0, NULL},
		{"0b", 0, NULL},
		{"0d11", 0, NULL},
		{"091011", 0, NULL},
		{"0effffffff08", 0, NULL},
		{"05", 0, NULL},
		{"02", 0, NULL},
		{"0f05770806", 0, NULL},
		{"0f01770e10", 0, NULL},
	};

	(void)state;
	check(cases, sizeof(cases) / sizeof(cases[0]));
}

static void states_can_be_nested_but_not_without_end(void **state)
{
	char text[2 * 17 + 1];
	struct frame_row row;

	(void)state;
	for (size_t i = 0; i < 17; i++)
		memcpy(text + 2 * i, "0a", 3);
	assert_false(run(COMMON_TEXT, text, 0, &row));
	text[2 * 16] = '\0';
	assert_true(run(COMMON_TEXT, text, 0, &row));
}

static void a_common_entry_must_be_sound(void **state)
{
	struct frame_row row;

	(void)state;
	assert_false(run("", "", 0, &row));
	assert_true(run("", COMMON_TEXT, 0, &row));
	assert_string_equal(describe(&row), "cfa=7+8 16@-8");
	assert_false(run("d0", COMMON_TEXT, 0, &row));
	assert_false(run("0c07", COMMON_TEXT, 0, &row));
	assert_false(run("", "0d07", 0, &row));
	assert_true(run("", "0f01770d07", 0, &row));
	assert_string_equal(describe(&row), "cfa=7+0");
	/* What was remembered there is not for the function. */
	assert_false(run(COMMON_TEXT "0a", "0b", 0, &row));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_follow_the_code),
		cmocka_unit_test(every_instruction_has_its_effect),
		cmocka_unit_test(states_can_be_nested_but_not_without_end),
		cmocka_unit_test(a_common_entry_must_be_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
