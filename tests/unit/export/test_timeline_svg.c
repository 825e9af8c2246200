#include "../base/test_support.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "export/timeline_svg.h"

#define MIB (1ULL << 20)

static const uint64_t times[] = {0, NANOSECONDS_PER_SECOND, 90 * NANOSECONDS_PER_SECOND};
#define COUNT (sizeof(times) / sizeof(times[0]))

/* As text; to be freed. */
static char *drawn(const struct timeline_row *rows, size_t count)
{
	static const uint64_t marks[] = {0, 90 * NANOSECONDS_PER_SECOND};
	const struct timeline timeline = {
		"a < b", times, COUNT, rows, count, marks, sizeof(marks) / sizeof(marks[0])};
	struct u8_array svg;

	assert_null(timeline_svg_write(&timeline, &svg));
	char *text = strndup((char *)svg.items, svg.count);
	u8_array_deinit(&svg);
	return text;
}

static size_t count(const char *text, const char *part)
{
	size_t found = 0;

	while ((text = strstr(text, part))) {
		found++;
		text++;
	}
	return found;
}

static void known_rows_have_panels(void **state)
{
	const uint64_t grown[] = {100 * MIB, 150 * MIB, 300 * MIB},
		       unknown[] = {TIMELINE_UNKNOWN, TIMELINE_UNKNOWN, TIMELINE_UNKNOWN};
	const uint64_t late[] = {TIMELINE_UNKNOWN, 3 * MIB, 2 * MIB};
	const struct timeline_row rows[] = {{"grown", grown}, {"unknown", unknown}, {"late", late}};
	CLEANUP(cleanup_free) char *text = drawn(rows, 3);

	(void)state;
	assert_int_equal(count(text, "class=\"curve\""), 2);
	assert_null(strstr(text, ">unknown"));
	assert_non_null(strstr(text, "100MB \u2192 300MB (+200MB)"));
	assert_non_null(strstr(text, "3MB \u2192 2MB (\u22121MB)"));
	assert_non_null(strstr(text, "<title>a &lt; b</title>"));
	assert_non_null(strstr(text, ">1m30s</text>"));
	assert_non_null(strstr(text, ">dump 2</text>"));
}

/* A gap in what is known is one in the curve. */
static void what_is_not_known_is_not_drawn(void **state)
{
	const uint64_t gap[] = {MIB, TIMELINE_UNKNOWN, 2 * MIB};
	const struct timeline_row row = {"gap", gap};
	CLEANUP(cleanup_free) char *text = drawn(&row, 1);
	const char *curve = strstr(text, "class=\"curve\" d=\"");

	(void)state;
	assert_non_null(curve);
	assert_int_equal(count(curve, "h0"), 2);
	assert_int_equal(count(curve, "L"), 0);
}

/* A little of much must not look like all of it. */
static void scales_are_not_too_fine(void **state)
{
	const uint64_t still[] = {64 * MIB, 64 * MIB + 4096, 64 * MIB}, none[] = {0, 0, 0};
	const uint64_t most[] = {UINT64_MAX - 1, 0, UINT64_MAX - 1};
	const struct timeline_row rows[] = {{"still", still}, {"none", none}, {"most", most}};
	CLEANUP(cleanup_free) char *text = drawn(rows, 3);

	(void)state;
	assert_non_null(strstr(text, ">64MB</text>"));
	assert_non_null(strstr(text, ">66MB</text>"));
	assert_int_equal(count(text, "class=\"curve\""), 3);
	assert_null(strstr(text, "nan"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_rows_have_panels),
		cmocka_unit_test(what_is_not_known_is_not_drawn),
		cmocka_unit_test(scales_are_not_too_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
