#include "test_support.h"

#include "base/quantity.h"

#define SECOND 1000000000ULL

static void durations(void **state)
{
	static const struct {
		const char *text;
		uint64_t nanoseconds;
	} cases[] = {
		{"10", 10 * SECOND},
		{"0", 0},
		{"2.5", 2500000000},
		{".5", 500000000},
		{"3.", 3 * SECOND},
		{"1m30s", 90 * SECOND},
		{"1m30", 90 * SECOND},
		{"500ms", 500000000},
		{"1.5ms", 1500000},
		{"250us", 250000},
		{"7ns", 7},
		{"0.4ns", 0},
		{"2h", 7200 * SECOND},
		{"1h1m1s", 3661 * SECOND},
		{"0.1", 100000000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t nanoseconds = 1;

		if (!parse_duration(cases[i].text, &nanoseconds))
			fail_msg("'%s' was rejected", cases[i].text);
		assert_int_equal(nanoseconds, cases[i].nanoseconds);
	}
}

static void texts_that_are_no_duration(void **state)
{
	static const char *const texts[] = {"", "-1", "1x", "nan", "inf", "1e5", "0x10", ".", "s",
		"ms", " 1", "1 ", "1 s", "1.5.5", "1S", "+1", "1s-", "1,5", "99999999999h",
		"1000000000", "18446744073709551616", "1.99999999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint64_t nanoseconds = 77;

		if (parse_duration(texts[i], &nanoseconds))
			fail_msg("'%s' was taken", texts[i]);
		assert_int_equal(nanoseconds, 77);
	}
}

static void unsigned_numbers(void **state)
{
	static const char *const wrong[] = {
		"", "-1", "+1", " 1", "1 ", "0x", "x10", "0X10", "12a", "18446744073709551616"};
	uint64_t number = 0;

	(void)state;
	assert_true(parse_unsigned("18446744073709551615", &number));
	assert_int_equal(number, UINT64_MAX);
	assert_true(parse_unsigned("0xfF", &number));
	assert_int_equal(number, 255);
	assert_true(parse_unsigned("010", &number));
	assert_int_equal(number, 10);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(parse_unsigned(wrong[i], &number));
	assert_int_equal(number, 10);
}

static void signed_numbers(void **state)
{
	static const char *const wrong[] = {
		"", "-", "--1", "+1", "9223372036854775808", "-9223372036854775809"};
	int64_t number = 0;

	(void)state;
	assert_true(parse_signed("-9223372036854775808", &number));
	assert_true(number == INT64_MIN);
	assert_true(parse_signed("9223372036854775807", &number));
	assert_true(number == INT64_MAX);
	assert_true(parse_signed("-0x10", &number));
	assert_int_equal(number, -16);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(parse_signed(wrong[i], &number));
	assert_int_equal(number, -16);
}

struct format_case {
	double value;
	const char *text;
};

/* The texts are those of measurement.Label() in google/pprof. */
static void bytes_as_pprof_prints_them(void **state)
{
	static const struct format_case cases[] = {
		{0, "0"},
		{-0.0, "0"},
		{0.4, "0"},
		{1, "1B"},
		{512, "512B"},
		{1023, "1023B"},
		{1024, "1kB"},
		{1536, "1.50kB"},
		{1048575, "1024kB"},
		{1048576, "1MB"},
		{1049000, "1MB"},
		{1572864, "1.50MB"},
		{1219810, "1.16MB"},
		{-1572864, "-1.50MB"},
		{0x1p30, "1GB"},
		{0x1.8p40, "1.50TB"},
		{0x1p60, "1024PB"},
	};
	char buffer[QUANTITY_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(format_bytes(cases[i].value, buffer), cases[i].text);
}

static void durations_as_pprof_prints_them(void **state)
{
	static const struct format_case cases[] = {
		{0, "0"},
		{999, "999ns"},
		{1000, "1us"},
		{1500, "1.50us"},
		{10e6, "10ms"},
		{2.31e9, "2.31s"},
		{59e9, "59s"},
		{72e9, "1.20mins"},
		{3600e9, "1hrs"},
		{-10e6, "-10ms"},
		{360000e9, "100hrs"},
	};
	char buffer[QUANTITY_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(format_duration(cases[i].value, buffer), cases[i].text);
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} cases[] = {
		{"0", 0},
		{"1000", 1000},
		{"10B", 10},
		{"512k", 512 << 10},
		{"1.5G", 3UL << 29},
		{"2GiB", 2UL << 30},
		{"10mb", 10 << 20},
		{".5kib", 512},
		{"1T", 1UL << 40},
		{"1PB", 1UL << 50},
	};
	static const char *const others[] = {
		"", "G", "-1", "1x", "1 G", "1GG", "1Gi", "1Bk", "1kBB", "1e9", "inf", "1000000P"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t bytes = 1;

		if (!parse_size(cases[i].text, &bytes))
			fail_msg("'%s' was rejected", cases[i].text);
		assert_int_equal(bytes, cases[i].bytes);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		uint64_t bytes;

		if (parse_size(others[i], &bytes))
			fail_msg("'%s' was taken", others[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations),
		cmocka_unit_test(sizes),
		cmocka_unit_test(texts_that_are_no_duration),
		cmocka_unit_test(unsigned_numbers),
		cmocka_unit_test(signed_numbers),
		cmocka_unit_test(bytes_as_pprof_prints_them),
		cmocka_unit_test(durations_as_pprof_prints_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
