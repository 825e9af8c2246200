#include "test_support.h"

#include "base/cursor.h"

static struct cursor over(const char *text)
{
	return cursor_over(text, strlen(text));
}

static void take_stays_inside(void **state)
{
	struct cursor cursor = over("abcd");
	const char *bytes = NULL;

	(void)state;
	assert_true(cursor_take(&cursor, 3, &bytes));
	assert_memory_equal(bytes, "abc", 3);
	assert_false(cursor_take(&cursor, 2, &bytes));
	assert_int_equal(cursor_left(&cursor), 1);
	assert_false(cursor_take(&cursor, SIZE_MAX, &bytes));
	assert_true(cursor_take(&cursor, 1, &bytes));
	assert_int_equal(*bytes, 'd');
	assert_true(cursor_take(&cursor, 0, &bytes));
	assert_int_equal(cursor_left(&cursor), 0);
}

static void integers_are_little_endian(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3, 0xff, 8, 7, 6, 5, 4, 3, 2, 0x81, 9};
	struct cursor cursor = cursor_over(bytes, sizeof(bytes));
	uint32_t small;
	uint64_t large;

	(void)state;
	struct cursor again = cursor;
	uint8_t one;
	uint16_t two;

	assert_true(cursor_take_u8(&again, &one));
	assert_int_equal(one, 1);
	assert_true(cursor_take_u16(&again, &two));
	assert_int_equal(two, 0x0302);
	assert_true(cursor_take_u32(&cursor, &small));
	assert_int_equal(small, 0xff030201);
	assert_true(cursor_take_u64(&cursor, &large));
	assert_int_equal(large, 0x8102030405060708);
	assert_false(cursor_take_u32(&cursor, &small));
	assert_false(cursor_take_u64(&cursor, &large));
	assert_int_equal(cursor_left(&cursor), 1);
	assert_int_equal(small, 0xff030201);
}

static void numbers_of_any_length(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		bool has_unsigned;
		uint64_t value;
		bool has_sign;
		int64_t with_sign;
	} cases[] = {
		{"\x02", 1, true, 2, true, 2},
		{"\x7f", 1, true, 127, true, -1},
		{"\x80\x01", 2, true, 128, true, 128},
		{"\xe5\x8e\x26", 3, true, 624485, true, 624485},
		{"\x80\x7f", 2, true, 0x3f80, true, -128},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, true, UINT64_MAX, false, 0},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f", 10, false, 0, true, INT64_MIN},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10, false, 0, true, -1},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11, false, 0, false, 0},
		{"\x80", 1, false, 0, false, 0},
		{"", 0, false, 0, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cursor cursor = cursor_over(cases[i].bytes, cases[i].length), again = cursor;
		uint64_t value = 0;
		int64_t with_sign = 0;

		assert_int_equal(cursor_take_uleb128(&cursor, &value), cases[i].has_unsigned);
		assert_int_equal(cursor_left(&cursor), cases[i].has_unsigned ? 0 : cases[i].length);
		assert_int_equal(cursor_take_sleb128(&again, &with_sign), cases[i].has_sign);
		assert_int_equal(cursor_left(&again), cases[i].has_sign ? 0 : cases[i].length);
		if (cases[i].has_unsigned)
			assert_int_equal(value, cases[i].value);
		if (cases[i].has_sign)
			assert_int_equal(with_sign, cases[i].with_sign);
	}
}

static void lines_with_and_without_an_end(void **state)
{
	struct cursor cursor = over("one\n\nthree");
	struct cursor line;

	(void)state;
	assert_true(cursor_take_line(&cursor, &line));
	assert_true(cursor_equals(&line, "one"));
	assert_true(cursor_take_line(&cursor, &line));
	assert_true(cursor_equals(&line, ""));
	assert_true(cursor_take_line(&cursor, &line));
	assert_true(cursor_equals(&line, "three"));
	assert_false(cursor_take_line(&cursor, &line));
	cursor = cursor_over(NULL, 0);
	assert_false(cursor_take_line(&cursor, &line));
}

static void text_and_spaces_are_skipped(void **state)
{
	struct cursor cursor = over("heap_v2/ \t 1");

	(void)state;
	assert_false(cursor_skip_text(&cursor, "heap profile"));
	assert_false(cursor_skip_text(&cursor, "heap_v2/ \t 1 and more"));
	assert_int_equal(cursor_left(&cursor), 12);
	assert_true(cursor_skip_text(&cursor, "heap_v2/"));
	cursor_skip_spaces(&cursor);
	assert_true(cursor_equals(&cursor, "1"));
	cursor_skip_spaces(&cursor);
	assert_true(cursor_skip_text(&cursor, "1"));
	cursor_skip_spaces(&cursor);
	assert_true(cursor_skip_text(&cursor, ""));
	assert_int_equal(cursor_left(&cursor), 0);
}

static void decimal_numbers(void **state)
{
	struct cursor cursor = over("18446744073709551615 18446744073709551616");
	uint64_t number = 0;

	(void)state;
	assert_true(cursor_take_decimal(&cursor, &number));
	assert_int_equal(number, UINT64_MAX);
	assert_false(cursor_take_decimal(&cursor, &number));
	cursor_skip_spaces(&cursor);
	assert_false(cursor_take_decimal(&cursor, &number));
	assert_int_equal(cursor_left(&cursor), 20);
	assert_int_equal(number, UINT64_MAX);
	cursor = over("-1");
	assert_false(cursor_take_decimal(&cursor, &number));
	cursor = over("007f");
	assert_true(cursor_take_decimal(&cursor, &number));
	assert_int_equal(number, 7);
	assert_true(cursor_equals(&cursor, "f"));
}

static void hexadecimal_numbers(void **state)
{
	struct cursor cursor = over("0xfFfFffffFfffffff-7f00g");
	uint64_t number = 0;

	(void)state;
	assert_true(cursor_take_hexadecimal(&cursor, &number));
	assert_int_equal(number, UINT64_MAX);
	assert_false(cursor_take_hexadecimal(&cursor, &number));
	assert_true(cursor_skip_text(&cursor, "-"));
	assert_true(cursor_take_hexadecimal(&cursor, &number));
	assert_int_equal(number, 0x7f00);
	assert_true(cursor_equals(&cursor, "g"));
	cursor = over("0x");
	assert_false(cursor_take_hexadecimal(&cursor, &number));
	assert_int_equal(cursor_left(&cursor), 2);
	cursor = over("0x10000000000000000");
	assert_false(cursor_take_hexadecimal(&cursor, &number));
	assert_int_equal(cursor_left(&cursor), 19);
}

/* Without a NUL behind, so that AddressSanitizer sees a read too many. */
static void a_number_may_end_with_the_bytes(void **state)
{
	char *bytes = test_malloc(3);
	struct cursor cursor = cursor_over(bytes, 3);
	uint64_t number;

	(void)state;
	memcpy(bytes, "123", 3);
	assert_true(cursor_take_decimal(&cursor, &number));
	assert_int_equal(number, 123);
	assert_false(cursor_take_decimal(&cursor, &number));
	assert_false(cursor_take_hexadecimal(&cursor, &number));
	assert_false(cursor_skip_text(&cursor, "0x"));
	test_free(bytes);
}

static void equals_compares_all(void **state)
{
	struct cursor cursor = over("abc");

	(void)state;
	assert_true(cursor_equals(&cursor, "abc"));
	assert_false(cursor_equals(&cursor, "ab"));
	assert_false(cursor_equals(&cursor, "abcd"));
	assert_int_equal(cursor_left(&cursor), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(take_stays_inside),
		cmocka_unit_test(integers_are_little_endian),
		cmocka_unit_test(numbers_of_any_length),
		cmocka_unit_test(lines_with_and_without_an_end),
		cmocka_unit_test(text_and_spaces_are_skipped),
		cmocka_unit_test(decimal_numbers),
		cmocka_unit_test(hexadecimal_numbers),
		cmocka_unit_test(a_number_may_end_with_the_bytes),
		cmocka_unit_test(equals_compares_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
