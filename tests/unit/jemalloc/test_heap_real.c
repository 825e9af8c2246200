#include "heap_support.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"

static void load(const char *name, struct u8_array *ret)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/heap/%s", TEST_DATA_DIRECTORY, name);
	assert_success(file_read(path, 1 << 20, ret));
}

static int64_t total_of_thread(const struct profile *profile, const char *type, int64_t thread)
{
	size_t index, width = profile->value_types.count;
	int64_t sum = 0;

	assert_true(profile_find_value_type(profile, type, &index));
	for (size_t i = 0; i < profile->samples.count; i++)
		if (find_label(profile, i, "jemalloc_thread")->number == thread)
			sum += profile->values.items[i * width + index];
	return sum;
}

/* Dumps of jemalloc 5.3.0; the figures are those of `jeprof --text`, which cuts fractions. */
static const struct {
	const char *file, *type;
	int64_t jeprof;
} totals[] = {
	{"one_thread.heap", "inuse_objects", 13793},
	{"one_thread.heap", "inuse_space", 36662071},
	{"threads.heap", "inuse_objects", 2364},
	{"threads.heap", "inuse_space", 18168284},
	{"threads_accum.heap", "inuse_objects", 6078},
	{"threads_accum.heap", "inuse_space", 16609770},
	{"threads_accum.heap", "alloc_objects", 8948},
	{"threads_accum.heap", "alloc_space", 18429447},
	{"threads_biased.heap", "inuse_objects", 6335},
	{"threads_biased.heap", "inuse_space", 16740669},
	{"threads_biased.heap", "alloc_objects", 8446},
	{"threads_biased.heap", "alloc_space", 18544492},
};

static void real_dumps_have_the_totals_of_jeprof(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
		CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
		CLEANUP(cleanup_profile) struct profile *profile = NULL;
		size_t type;

		load(totals[i].file, &bytes);
		assert_success(heap_dump_parse(bytes.items, bytes.count, &profile));
		assert_true(profile_find_value_type(profile, totals[i].type, &type));
		int64_t sum = profile_total(profile, type);
		if (sum < totals[i].jeprof || sum > totals[i].jeprof + 1)
			fail_msg("%s, %s: %lld, jeprof %lld", totals[i].file, totals[i].type,
				(long long)sum, (long long)totals[i].jeprof);
	}
}

/* `jeprof --text --thread=N`: up to 2% below a thread's share in the total, see heap_builder.h. */
static const struct {
	const char *file, *type;
	int64_t thread, jeprof;
} real[] = {
	{"threads_accum.heap", "inuse_objects", 0, 966},
	{"threads_accum.heap", "inuse_objects", 1, 2073},
	{"threads_accum.heap", "inuse_objects", 2, 1645},
	{"threads_accum.heap", "inuse_objects", 3, 1333},
	{"threads_accum.heap", "inuse_space", 0, 189876},
	{"threads_accum.heap", "inuse_space", 1, 5496494},
	{"threads_accum.heap", "inuse_space", 2, 5493247},
	{"threads_accum.heap", "inuse_space", 3, 5426155},
	{"threads_accum.heap", "alloc_objects", 0, 966},
	{"threads_accum.heap", "alloc_objects", 1, 2958},
	{"threads_accum.heap", "alloc_objects", 2, 2693},
	{"threads_accum.heap", "alloc_objects", 3, 2268},
	{"threads_accum.heap", "alloc_space", 0, 189876},
	{"threads_accum.heap", "alloc_space", 1, 6086836},
	{"threads_accum.heap", "alloc_space", 2, 6125528},
	{"threads_accum.heap", "alloc_space", 3, 6023243},
	{"threads.heap", "inuse_space", 0, 566534},
	{"threads.heap", "inuse_space", 1, 6623453},
	{"threads.heap", "inuse_space", 2, 4879243},
	{"threads.heap", "inuse_space", 3, 6099053},
	{"threads_biased.heap", "inuse_objects", 0, 1076},
	{"threads_biased.heap", "inuse_objects", 1, 1612},
	{"threads_biased.heap", "inuse_objects", 2, 1825},
	{"threads_biased.heap", "inuse_objects", 3, 1823},
	{"threads_biased.heap", "inuse_space", 0, 202335},
	{"threads_biased.heap", "inuse_space", 1, 5497599},
	{"threads_biased.heap", "inuse_space", 2, 5518238},
	{"threads_biased.heap", "inuse_space", 3, 5522496},
	{"threads_biased.heap", "alloc_space", 0, 202335},
	{"threads_biased.heap", "alloc_space", 1, 6104043},
	{"threads_biased.heap", "alloc_space", 2, 6135758},
	{"threads_biased.heap", "alloc_space", 3, 6102355},
	{"one_thread.heap", "inuse_objects", 0, 13793},
	{"one_thread.heap", "inuse_space", 0, 36662071},
};

static void threads_have_about_the_figures_of_jeprof(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++) {
		CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
		CLEANUP(cleanup_profile) struct profile *profile = NULL;

		load(real[i].file, &bytes);
		assert_success(heap_dump_parse(bytes.items, bytes.count, &profile));
		int64_t sum = total_of_thread(profile, real[i].type, real[i].thread);
		int64_t allowed = real[i].jeprof / 50 + 1;
		if (sum < real[i].jeprof - 1 || sum > real[i].jeprof + allowed)
			fail_msg("%s, %s of thread %d: %lld, jeprof %lld", real[i].file,
				real[i].type, (int)real[i].thread, (long long)sum,
				(long long)real[i].jeprof);
	}
}

static void a_real_dump_has_names_and_mappings(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	CLEANUP(cleanup_profile) struct profile *profile = NULL;

	(void)state;
	load("threads_accum.heap", &bytes);
	assert_success(heap_dump_parse(bytes.items, bytes.count, &profile));
	assert_success(profile_check(profile));
	assert_int_equal(profile->samples.count, 11);
	assert_int_equal(profile->stacks.entries.count, 5);
	assert_string_equal(
		profile_text(profile, find_label(profile, 2, "thread")->text), "web pool (2)");
	assert_string_equal(
		profile_text(profile, profile->mappings.items[0].path), "/usr/bin/demo");
	assert_int_equal(frame(profile, 0, 4)->mapping, 0);
	assert_string_equal(
		profile_text(profile, profile->mappings.items[frame(profile, 0, 0)->mapping].path),
		"/usr/lib/x86_64-linux-gnu/libjemalloc.so.2");
}

/*
 * A dump cut anywhere is an error, unless it is cut right behind the rows of a stack or later: then
 * nothing tells that more was to come, but the mappings are missing, and that is told.
 */
static void every_cut_is_told(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	(void)state;
	load("threads_accum.heap", &bytes);
	for (size_t length = 0; length < bytes.count; length++) {
		CLEANUP(cleanup_profile) struct profile *profile = NULL;
		CLEANUP(cleanup_free) char *cut = malloc(length + 1);

		memcpy(cut, bytes.items, length);
		cut = realloc(cut, length ? length : 1);
		struct error *error = heap_dump_parse(cut, length, &profile);
		if (error) {
			assert_int_equal(error->kind, ERROR_MALFORMED);
			assert_non_null(error->hint);
			error_destroy(error);
			continue;
		}
		const char *comment = profile_text(profile, profile->comments.items[0]);
		bool whole_line = cut[length - 1] == '\n';
		bool in_maps = memmem(cut, length, "\nMAPPED_LIBRARIES:", 18) != NULL;
		if (!in_maps)
			assert_true(
				whole_line && strcmp(comment, "mappings: none in the dump") == 0);
		else if (!whole_line)
			assert_int_equal(strncmp(comment, "mappings: ", 10), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_dumps_have_the_totals_of_jeprof),
		cmocka_unit_test(threads_have_about_the_figures_of_jeprof),
		cmocka_unit_test(a_real_dump_has_names_and_mappings),
		cmocka_unit_test(every_cut_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
