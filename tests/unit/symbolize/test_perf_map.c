#include "../base/test_support.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "symbolize/perf_map.h"

static struct cursor over(const char *text)
{
	return cursor_over(text, strlen(text));
}

static void assert_text(const struct cursor *text, const char *expected)
{
	if (!cursor_equals(text, expected))
		fail_msg("%.*s, not %s", (int)cursor_left(text), text->at, expected);
}

static void assert_line(const char *text, uint64_t start, uint64_t end, const char *name)
{
	struct perf_map_line line;

	if (!perf_map_parse_line(over(text), &line))
		fail_msg("refused: %s", text);
	assert_int_equal(line.start, start);
	assert_int_equal(line.end, end);
	assert_text(&line.name, name);
}

static void lines_have_a_range_and_a_name(void **state)
{
	(void)state;
	assert_line("3a1b2c40 1f burn", 0x3a1b2c40, 0x3a1b2c5f, "burn");
	assert_line("0x3A1B2C40 0x1F burn", 0x3a1b2c40, 0x3a1b2c5f, "burn");
	assert_line("1 2 JS:*get x /srv/a b.js:3:14", 1, 3, "JS:*get x /srv/a b.js:3:14");
	assert_line("00007F00DEADBEEF\t10 \t void [App] Main(string[])", 0x7f00deadbeef,
		0x7f00deadbeff, "void [App] Main(string[])");
	assert_line("0 ffffffffffffffff all", 0, UINT64_MAX, "all");
}

static void other_lines_are_refused(void **state)
{
	static const char *const lines[] = {
		"",
		" ",
		"burn",
		" 10 1 burn",
		"10",
		"10 1",
		"10 1 ",
		"10 1burn",
		"10burn 1 burn",
		"10  burn",
		"-10 1 burn",
		"10 -1 burn",
		"10 0 burn",
		"10000000000000000 1 burn",
		"10 10000000000000000 burn",
		"ffffffffffffffff 1 burn",
		"8000000000000000 8000000000000000 burn",
		"0x 1 burn",
	};
	struct perf_map_line line;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (perf_map_parse_line(over(lines[i]), &line))
			fail_msg("taken: '%s'", lines[i]);
}

/* NULL: no function is found. */
static void assert_found(const char *text, uint64_t address, const char *name)
{
	struct perf_map_lookup lookup = {.address = address};

	assert_success(perf_map_find(over(text), &lookup, 1));
	assert_text(&lookup.name, name ? name : "");
}

static void addresses_are_found_from_start_to_end(void **state)
{
	static const char text[] = "10 10 a\n30 10 c\n20 8 b\n";

	(void)state;
	assert_found(text, 0xf, NULL);
	assert_found(text, 0x10, "a");
	assert_found(text, 0x1f, "a");
	assert_found(text, 0x20, "b");
	assert_found(text, 0x27, "b");
	assert_found(text, 0x28, NULL);
	assert_found(text, 0x30, "c");
	assert_found(text, 0x40, NULL);
	assert_found(text, 0, NULL);
	assert_found(text, UINT64_MAX, NULL);
}

static void the_last_function_of_an_address_counts(void **state)
{
	static const char text[] = "10 10 first\n"
				   "8 10 over its beginning\n"
				   "1c 10 over its end\n"
				   "30 10 reused\n"
				   "30 10 reused again\n"
				   "12 2 within\n";

	(void)state;
	assert_found(text, 0x10, "over its beginning");
	assert_found(text, 0x12, "within");
	assert_found(text, 0x13, "within");
	assert_found(text, 0x14, "over its beginning");
	assert_found(text, 0x18, "first");
	assert_found(text, 0x1c, "over its end");
	assert_found(text, 0x3f, "reused again");
}

static void many_addresses_are_found_at_once(void **state)
{
	struct perf_map_lookup lookups[] = {{.address = 0}, {.address = 0x10}, {.address = 0x10},
		{.address = 0x18}, {.address = 0x20}, {.address = UINT64_MAX}};
	static const char *const names[] = {"", "a", "a", "b", "all", ""};

	(void)state;
	assert_success(
		perf_map_find(over("1 ffff all\n10 10 a\n18 8 b\n"), lookups, ARRAY_SIZE(lookups)));
	for (size_t i = 0; i < ARRAY_SIZE(lookups); i++)
		assert_text(&lookups[i].name, names[i]);
	assert_success(perf_map_find(over("1 ffff all\n"), NULL, 0));
}

static void broken_lines_hide_no_others(void **state)
{
	static const char text[] = "\n"
				   "10 10 a\n"
				   "\n"
				   "10 10\n"
				   "no line of a map\n"
				   "10 fffffffffffffffff too large\n"
				   "20 10 b\n"
				   "10 10 ";

	(void)state;
	assert_found(text, 0x10, "a");
	assert_found(text, 0x20, "b");
}

static void the_last_line_may_be_under_way(void **state)
{
	(void)state;
	assert_found("10 10 a\n20 10 b", 0x20, "b");
	assert_found("10 10 a\n10 1", 0x10, "a");
	assert_found("10 10 a", 0x10, "a");
	assert_found("10 10 a\n\n\n", 0x10, "a");
	assert_found("", 0x10, NULL);
	assert_found("\n", 0x10, NULL);
}

/* Each line has every address: time in proportion to their product would be noticed. */
static void overlapping_lines_take_no_time(void **state)
{
	static const char line[] = "1 ffffffff again\n";
	size_t lines = 200000, count = 200000, length = strlen(line);
	CLEANUP(cleanup_free) char *text = malloc(lines * length);
	CLEANUP(cleanup_free) struct perf_map_lookup *lookups = calloc(count, sizeof(*lookups));

	(void)state;
	assert_non_null(text);
	assert_non_null(lookups);
	for (size_t i = 0; i < lines; i++)
		memcpy(text + i * length, line, length);
	for (size_t i = 0; i < count; i++)
		lookups[i].address = i; /* no line has 0 */
	assert_success(perf_map_find(cursor_over(text, lines * length), lookups, count));
	assert_text(&lookups[0].name, "");
	assert_text(&lookups[1].name, "again");
	assert_text(&lookups[count - 1].name, "again");
}

static void positions_are_read_where_they_are_certain(void **state)
{
	static const struct {
		const char *name, *file;
		uint32_t line;
	} examples[] = {
		{"JS:*burn /srv/burn.js:3:14", "/srv/burn.js", 3},
		{"JS:~ /srv/anonymous.js:1:1", "/srv/anonymous.js", 1},
		{"LazyCompile:*fib /path/x.js:12:1", "/path/x.js", 12},
		{"Script:~ file:///srv/burn.mjs:1:1", "/srv/burn.mjs", 1},
		{"JS:^f file:///a%20b.mjs:7:2", "file:///a%20b.mjs", 7},
		{"JS:^f node:internal/util:102:38", "node:internal/util", 102},
		{"JS:*f /odd:1:2:3:4", "/odd:1:2", 3},
		{"JS:*f /x.js:4294967295:1", "/x.js", UINT32_MAX},
	};
	struct perf_map_position position;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
		if (!perf_map_parse_position(over(examples[i].name), &position))
			fail_msg("nothing in %s", examples[i].name);
		assert_text(&position.file, examples[i].file);
		assert_int_equal(position.line, examples[i].line);
	}
}

static void doubtful_positions_are_none(void **state)
{
	static const char *const names[] = {
		"",
		":",
		":1:2",
		"JS:",
		"JS:1:2",
		"JS:*f",
		"JS:*f /x.js",
		"JS:*f /x.js:1",
		"JS:*f /x.js:1:",
		"JS:*f /x.js::2",
		"JS:*f /x.js:0:2",
		"JS:*f /x.js:4294967296:2",
		"JS:*f /x.js:1:2 ",
		"JS:*f :1:2",
		"JS:*f 1fe0:1:2",
		"JS:*f [eval]:1:2",
		"JS:*f file:1:2",
		"JS:*get x /x.js:1:2",
		"JS:*f /a b.js:1:2",
		"RegExp:f /x.js:1:2",
		"Builtin:f /x.js:1:2",
		"f /x.js:1:2",
	};
	struct perf_map_position position;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (perf_map_parse_position(over(names[i]), &position))
			fail_msg("taken: '%s'", names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_have_a_range_and_a_name),
		cmocka_unit_test(other_lines_are_refused),
		cmocka_unit_test(addresses_are_found_from_start_to_end),
		cmocka_unit_test(the_last_function_of_an_address_counts),
		cmocka_unit_test(many_addresses_are_found_at_once),
		cmocka_unit_test(broken_lines_hide_no_others),
		cmocka_unit_test(the_last_line_may_be_under_way),
		cmocka_unit_test(overlapping_lines_take_no_time),
		cmocka_unit_test(positions_are_read_where_they_are_certain),
		cmocka_unit_test(doubtful_positions_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
