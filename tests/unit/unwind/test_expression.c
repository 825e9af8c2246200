#include "../base/test_support.h"

#include <stdio.h>

#include "unwind/frame_expression.h"

/* One word of memory, at 0x1000. */
static bool read_word(void *context, uint64_t address, uint64_t *ret)
{
	(void)context;
	*ret = 0x1122334455667788;
	return address == 0x1000;
}

struct value {
	const char *name;
	const char *expression; /* hexadecimal */
	int64_t value;
};

static bool evaluate(const char *digits, const uint64_t *start, uint64_t *ret)
{
	struct registers registers;
	const struct expression_input input = {
		&registers, 1U << REGISTER_R15, start, read_word, NULL};
	uint8_t bytes[64];
	size_t length = strlen(digits) / 2;

	for (uint64_t i = 0; i < REGISTER_COUNT; i++)
		registers.values[i] = i * 100;
	for (size_t i = 0; i < length; i++) {
		unsigned int byte;

		assert_int_equal(sscanf(digits + i * 2, "%2x", &byte), 1);
		bytes[i] = (uint8_t)byte;
	}
	return frame_expression_evaluate(cursor_over(bytes, length), &input, ret);
}

static void every_operation_has_its_value(void **state)
{
	static const struct value values[] = {
		{"addr", "030807060504030201", 0x0102030405060708},
		{"deref", "0a001006", 0x1122334455667788},
		{"deref_size", "0a00109402", 0x7788},
		{"const1u", "08ff", 255},
		{"const1s", "09ff", -1},
		{"const2u", "0aff80", 0x80ff},
		{"const2s", "0bff80", -0x7f01},
		{"const4u", "0cffffffff", UINT32_MAX},
		{"const4s", "0dffffffff", -1},
		{"const8u", "0effffffffffffffff", -1},
		{"const8s", "0ffeffffffffffffff", -2},
		{"constu", "10e58e26", 624485},
		{"consts", "11807f", -128},
		{"dup", "351222", 10},
		{"drop", "313213", 1},
		{"over", "3132141c", 1}, /* 2 - 1 */
		{"pick", "3132331502", 1},
		{"swap", "3233161c", 1},    /* 3 - 2 */
		{"rot", "31323317131c", 2}, /* from the top 2, 1, 3 */
		{"abs", "09fb19", 5},
		{"and", "3c3a1a", 8},
		{"div", "09f9331b", -2},
		{"minus", "33351c", -2},
		{"mod", "37331d", 1},
		{"mul", "37331e", 21},
		{"neg", "371f", -7},
		{"not", "3020", -1},
		{"or", "3c3321", 15},
		{"plus", "373322", 10},
		{"plus_uconst", "3723e58e26", 624492},
		{"shl", "313424", 16},
		{"shl by all", "310840240871", 0x71},
		{"shr", "09ff083c25", 15},
		{"shr by all", "09ff084025", 0},
		{"shra", "09f03226", -4},
		{"shra by all", "09f0084826", -1},
		{"xor", "3c3a27", 6},
		{"bra taken", "312801003034", 4},
		{"bra not taken", "3028020031322f00003022", 2},
		{"eq", "333329", 1},
		{"ge", "09ff302a", 0},
		{"gt", "31302b", 1},
		{"le", "09ff302c", 1},
		{"lt", "30302d", 0},
		{"ne", "31302e", 1},
		{"skip", "2f0100ff35", 5},
		{"lit31", "4f", 31},
		{"breg7", "7708", 708},
		{"breg6 less", "7678", 592},
		{"bregx", "921001", 1601},
		{"nop", "9635", 5},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		uint64_t value = 0;

		if (!evaluate(values[i].expression, NULL, &value))
			fail_msg("%s has no value", values[i].name);
		if ((int64_t)value != values[i].value)
			fail_msg("%s: %ld and not %ld", values[i].name, (int64_t)value,
				values[i].value);
	}
}

static void what_is_there_at_the_start_is_used(void **state)
{
	uint64_t value;

	(void)state;
	assert_true(evaluate("2308", &(uint64_t){100}, &value));
	assert_int_equal(value, 108);
	assert_false(evaluate("2308", NULL, &value));
	assert_true(evaluate("", &(uint64_t){7}, &value));
	assert_int_equal(value, 7);
}

static void what_cannot_be_has_no_value(void **state)
{
	static const char *const expressions[] = {
		"",
		"13",
		"12",
		"3114",
		"311505",
		"3116",
		"313217",
		"22",
		"1f",
		"3022",
		"31301b",
		"31301d",
		"0e0000000000000080"
		"09ff"
		"1b", /* the one quotient that overflows */
		"3006",
		"0a00109400",
		"0a00109409",
		"0a001094",
		"2f0100",
		"2ffcff",
		"2ffdff",
		"28fdff",
		"3128fcff",
		"7f",
		"7f00", /* a register that is not known */
		"8100",
		"9211",
		"921101",
		"03",
		"08",
		"0a01",
		"0c010203",
		"0f",
		"10",
		"10ff",
		"e0",
		"91",
		"97",
		"18",
		"122f0000",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++) {
		uint64_t value;

		if (evaluate(expressions[i], NULL, &value))
			fail_msg("'%s' has a value: %lx", expressions[i], value);
	}
}

static void a_stack_has_an_end(void **state)
{
	char digits[129];
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < 128; i += 2)
		memcpy(digits + i, "31", 3);
	assert_true(evaluate(digits, NULL, &value));
	assert_false(evaluate(digits, &(uint64_t){1}, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation_has_its_value),
		cmocka_unit_test(what_is_there_at_the_start_is_used),
		cmocka_unit_test(what_cannot_be_has_no_value),
		cmocka_unit_test(a_stack_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
