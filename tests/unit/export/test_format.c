#include "../base/test_support.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "export/format.h"
#include "sample_profiles.h"

static struct error *refuse(const void *bytes, size_t length, struct profile **ret)
{
	(void)bytes;
	(void)length;
	(void)ret;
	return error_create(ERROR_MALFORMED, "line 1: truncated");
}

static bool begins_with_heap(const void *bytes, size_t length)
{
	return length >= 4 && memcmp(bytes, "heap", 4) == 0;
}

/* As a layer above would add it: read only. */
static const struct format heap_formats[] = {
	{.suffix = ".heap",
		.description = "jemalloc heap dump",
		.read = refuse,
		.recognize = begins_with_heap},
};

static struct format_table tables[2];

static int setup(void **state)
{
	(void)state;
	tables[0] = export_formats;
	tables[1] = (struct format_table){heap_formats, 1};
	return 0;
}

static void test_find(void **state)
{
	static const struct {
		const char *path, *suffix;
	} cases[] = {
		{"a.pb.gz", ".pb.gz"},
		{"dir.svg/a.pb", ".pb"},
		{"dir/cpu.folded", ".folded"},
		{"flame.svg", ".svg"},
		{"a.pb.gz.txt", ".txt"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct format *format = NULL;

		assert_success(format_find(tables, 2, cases[i].path, &format));
		assert_string_equal(format->suffix, cases[i].suffix);
	}
}

static void test_find_nothing(void **state)
{
	static const char *const paths[] = {
		"", "a", "a.gz", "a.SVG", "svg", ".svg", "x/.svg", "a.heap"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		const struct format *format = NULL;
		char message[64];

		snprintf(message, sizeof(message), "the name '%s' does not end like any format's",
			paths[i]);
		assert_error(format_find(tables, 2, paths[i], &format), ERROR_USAGE, message,
			"known are .pb.gz, .pb, .folded, .svg, .txt");
		assert_null(format);
	}
}

/* Each format that can be read is recognized by what it writes. */
static void test_load(void **state)
{
	static const struct {
		const char *path;
		size_t types;
	} cases[] = {{"a.pb.gz", 2}, {"a.pb", 2}, {"a.folded", 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("cpu");
		CLEANUP(cleanup_profile) struct profile *loaded = NULL;
		CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
		const struct format *format;

		assert_success(format_find(tables, 2, cases[i].path, &format));
		assert_success(format->write(profile, NULL, &bytes));
		assert_success(export_load(tables, 2, bytes.items, bytes.count, &loaded));
		assert_int_equal(loaded->value_types.count, cases[i].types);
		assert_int_equal(
			profile_total(loaded, cases[i].types - 1), profile_total(profile, 1));
	}
}

/* What shows a profile is no profile. */
static void test_load_pictures(void **state)
{
	static const char *const paths[] = {"a.svg", "a.txt"};
	struct profile *loaded = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("cpu");
		CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
		const struct format *format;

		assert_success(format_find(tables, 2, paths[i], &format));
		assert_success(format->write(profile, "samples", &bytes));
		assert_error(export_load(tables, 2, bytes.items, bytes.count, &loaded),
			ERROR_MALFORMED, "of no known format",
			"what can be read: pprof profile, folded stacks, jemalloc heap dump");
	}
	assert_null(loaded);
}

static void test_load_errors(void **state)
{
	struct profile *loaded = NULL;

	(void)state;
	assert_error(export_load(tables, 2, "", 0, &loaded), ERROR_MALFORMED, "empty", NULL);
	assert_error(export_load(tables, 2, "\x1f\x8b\x08", 3, &loaded), ERROR_MALFORMED,
		"pprof profile: truncated: the gzip data ends early", NULL);
	assert_error(export_load(tables, 2, "a 1\nb\n", 6, &loaded), ERROR_MALFORMED,
		"folded stacks: line 2: no whole number at its end", NULL);
	assert_error(export_load(tables, 2, "heap_v2/1", 9, &loaded), ERROR_MALFORMED,
		"jemalloc heap dump: line 1: truncated", NULL);
	assert_error(export_load(tables, 1, "heap_v2/1", 9, &loaded), ERROR_MALFORMED,
		"of no known format", "what can be read: pprof profile, folded stacks");
	assert_null(loaded);
}

static void test_write_takes_the_type(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("cpu");

	(void)state;
	for (size_t i = 0; i < export_formats.count; i++) {
		const struct format *format = &export_formats.formats[i];
		struct u8_array bytes = {0};

		if (strncmp(format->suffix, ".pb", 3) == 0)
			continue;
		assert_error(format->write(profile, "heap", &bytes), ERROR_USAGE,
			"the profile has no values of type 'heap'", "it has samples, cpu");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_find_nothing),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_load_pictures),
		cmocka_unit_test(test_load_errors),
		cmocka_unit_test(test_write_takes_the_type),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
