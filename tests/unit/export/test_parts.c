#include "../base/test_support.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "export/arena.h"
#include "export/gzip.h"
#include "export/id_map.h"
#include "export/units.h"
#include "export/utf8.h"

static void test_gzip_limit(void **state)
{
	CLEANUP(cleanup_free) char *zeros = calloc(1, 1 << 20);
	CLEANUP(u8_array_deinit) struct u8_array packed = {0};
	CLEANUP(u8_array_deinit) struct u8_array inflated = {0};

	(void)state;
	assert_success(gzip_compress(zeros, 1 << 20, &packed));
	assert_true(packed.count < 2000);
	assert_error(gzip_decompress(packed.items, packed.count, (1 << 20) - 1, &inflated),
		ERROR_MALFORMED, "more than 1048575 bytes come out of it", NULL);
	assert_success(gzip_decompress(packed.items, packed.count, 1 << 20, &inflated));
	assert_int_equal(inflated.count, 1 << 20);
}

static void test_gzip_members(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array first = {0};
	CLEANUP(u8_array_deinit) struct u8_array second = {0};
	CLEANUP(u8_array_deinit) struct u8_array inflated = {0};

	(void)state;
	assert_success(gzip_compress("pro", 3, &first));
	assert_success(gzip_compress("file", 4, &second));
	for (size_t i = 0; i < second.count; i++)
		assert_success(u8_array_append(&first, second.items[i]));
	assert_success(gzip_decompress(first.items, first.count, 100, &inflated));
	assert_int_equal(inflated.count, 7);
	assert_memory_equal(inflated.items, "profile", 7);
	assert_success(u8_array_append(&first, 'x'));
	u8_array_deinit(&inflated);
	assert_error(
		gzip_decompress(first.items, first.count - 1 - second.count + 5, 100, &inflated),
		ERROR_MALFORMED, "truncated: the gzip data ends early", NULL);
}

static void test_id_map(void **state)
{
	CLEANUP(id_map_deinit) struct id_map map = {0};
	uint32_t target;

	(void)state;
	assert_false(id_map_find(&map, 1, &target));
	for (uint32_t id = 1; id <= 100; id++)
		assert_success(id_map_add(&map, id, id + 1000));
	assert_false(id_map_find(&map, 0, &target));
	assert_false(id_map_find(&map, 101, &target));
	assert_false(id_map_find(&map, (1ULL << 32) + 1, &target));
	assert_error(id_map_add(&map, 5, 1), ERROR_MALFORMED, "id 5 is there already", NULL);
	assert_success(id_map_add(&map, UINT64_MAX, 7));
	assert_success(id_map_add(&map, 500, 8));
	assert_error(id_map_add(&map, 500, 1), ERROR_MALFORMED, "id 500 is there already", NULL);
	assert_error(id_map_add(&map, 0, 1), ERROR_MALFORMED, "id 0", NULL);
	assert_true(id_map_find(&map, 100, &target));
	assert_int_equal(target, 1100);
	assert_true(id_map_find(&map, UINT64_MAX, &target));
	assert_int_equal(target, 7);
	assert_true(id_map_find(&map, 500, &target));
	assert_int_equal(target, 8);
	assert_false(id_map_find(&map, 101, &target));
}

static void test_arena(void **state)
{
	CLEANUP(arena_deinit) struct arena arena = {0};

	(void)state;
	for (int round = 0; round < 3; round++) {
		char *pieces[200];

		for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
			pieces[i] = arena_allocate(&arena, i * 50 + 1);
			assert_non_null(pieces[i]);
			assert_int_equal((uintptr_t)pieces[i] % 16, 0);
			memset(pieces[i], (int)i, i * 50 + 1);
		}
		for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
			assert_int_equal((unsigned char)pieces[i][0], i);
			assert_int_equal((unsigned char)pieces[i][i * 50], i);
		}
		arena_reset(&arena);
	}
	assert_false(arena.failed);
	assert_null(arena_allocate(&arena, SIZE_MAX));
	assert_true(arena.failed);
}

static void test_utf8(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} cases[] = {
		{"", true},
		{"plain", true},
		{"\xc3\xa9\xe2\x82\xac\xf0\x9f\xa6\x80", true},
		{"\xf4\x8f\xbf\xbf", true},
		{"\xf4\x90\x80\x80", false}, /* above U+10FFFF */
		{"\xc0\x80", false},         /* overlong */
		{"\xe0\x80\xaf", false},
		{"\xf0\x80\x80\xaf", false},
		{"\xed\xa0\x80", false}, /* surrogate */
		{"\x80", false},
		{"\xc3", false},
		{"\xe2\x82", false},
		{"\xff", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(
			utf8_is_valid(cases[i].text, strlen(cases[i].text)), cases[i].valid);
}

static void test_printable(void **state)
{
	STRING_BUILDER(text);

	(void)state;
	utf8_append_printable(&text,
		"a\tb\0c\xc2\x85"
		"d\xe2\x80\xae"
		"e\xef\xbf\xbf"
		"f\xc3",
		17);
	assert_string_equal(text.text, "a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\ufffd");
	text.length = 0;
	utf8_append(&text, "a\tb\0c\xc2\x85", 7);
	assert_string_equal(text.text, "a\tb\ufffdc\xc2\x85");
}

static void test_units(void **state)
{
	static const struct {
		int64_t value;
		const char *from, *to, *expected;
	} cases[] = {
		{0, "nanoseconds", "auto", "0"},
		{999, "nanoseconds", "auto", "999ns"},
		{1500, "nanoseconds", "auto", "1.50us"},
		{2310000000, "nanoseconds", "auto", "2.31s"},
		{90000000000, "nanoseconds", "auto", "90s"},
		{7200000000000, "nanoseconds", "auto", "2hrs"},
		{-2310000000, "nanoseconds", "auto", "-2.31s"},
		{2310000000, "nanoseconds", "ms", "2310ms"},
		{3, "Seconds", "auto", "3s"},
		{3000, "microseconds", "auto", "3ms"},
		{12, "bytes", "auto", "12B"},
		{1536, "byte", "auto", "1.50kB"},
		{5 << 20, "B", "kB", "5120kB"},
		{1, "bytes", "GB", "0"},
		{1234567, "count", "auto", "1234567"},
		{12, "furlongs", "furlongs", "12furlongs"},
		{INT64_MIN, "bytes", "auto", "-8192PB"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char buffer[UNITS_TEXT_SIZE];

		assert_string_equal(
			units_format(cases[i].value, cases[i].from, cases[i].to, buffer),
			cases[i].expected);
	}
}

static void test_percentages(void **state)
{
	static const struct {
		int64_t value, total;
		const char *expected;
	} cases[] = {
		{0, 0, "    0%"},
		{5, 0, "    0%"},
		{1, 1, "  100%"},
		{9996, 10000, "  100%"},
		{9994, 10000, "99.94%"},
		{-1, 3, "33.33%"},
		{1, 10, "10.00%"},
		{5, 1000, "  0.5%"},
		{1, 3000, "0.033%"},
		{1, 10000000, "1e-05%"},
		{3, 1, "300.00%"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char buffer[PERCENTAGE_SIZE];

		assert_string_equal(units_percentage(cases[i].value, cases[i].total, buffer),
			cases[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gzip_limit),
		cmocka_unit_test(test_gzip_members),
		cmocka_unit_test(test_id_map),
		cmocka_unit_test(test_arena),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_percentages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
