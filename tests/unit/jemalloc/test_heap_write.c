#include "heap_support.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "jemalloc/heap_write.h"

#define MAPS                                                                                       \
	"555500001000-555500009000 r-xp 00001000 08:01 7 /opt/a\\012b/demo\n"                      \
	"7f0000000000-7f0000100000 r-xp 00002000 08:01 8 /usr/lib/libjemalloc.so.2\n"

static const char dump[] = "heap_v2/524288\n"
			   "  t*: 12: 1048752 [14: 3145904]\n"
			   "  t0: 1: 16 [3: 2097168]\n"
			   "  t3: 1: 1048576 [1: 1048576] io worker (1)\n"
			   "@ 0x7f0000001001 0x555500002001\n"
			   "  t*: 2: 1048592 [4: 3145744]\n"
			   "  t0: 1: 16 [3: 2097168]\n"
			   "  t3: 1: 1048576 [1: 1048576]\n"
			   "@ 0x555500003001\n"
			   "  t*: 10: 160 [10: 160]\n"
			   "  t9: 10: 160 [10: 160]\n"
			   "@ 0x555500004001 0x0\n"
			   "  t*: 0: 0 [10: 160]\n"
			   "  t3: 0: 0 [10: 160]\n"
			   "\nMAPPED_LIBRARIES:\n" MAPS;

static char *written(struct error *(*write)(const struct profile *profile, const char *value_type,
			     struct u8_array *ret),
	const struct profile *profile)
{
	struct u8_array bytes = {0};

	assert_success(write(profile, NULL, &bytes));
	char *text = strndup((const char *)bytes.items, bytes.count);
	u8_array_deinit(&bytes);
	return text;
}

static void assert_same_totals(const struct profile *profile, const struct profile *expected)
{
	static const char *const types[] = {
		"alloc_objects", "alloc_space", "inuse_objects", "inuse_space"};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		assert_int_equal(total(profile, types[i]), total(expected, types[i]));
}

static void what_jemalloc_wrote_is_written_as_estimates(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = parsed(dump);
	CLEANUP(cleanup_free) char *text = written(heap_write_threaded, profile);
	CLEANUP(cleanup_profile) struct profile *again = parsed(text);

	(void)state;
	assert_same_totals(again, profile);
	assert_int_equal(again->period, 1);
	assert_int_equal(again->samples.count, profile->samples.count);
	assert_int_equal(again->stacks.entries.count, 3);
	assert_string_equal(
		profile_text(again, find_label(again, 1, "thread")->text), "io worker (1)");
	assert_int_equal(find_label(again, 2, "jemalloc_thread")->number, 9);
	assert_int_equal(again->mappings.count, 2);
	assert_string_equal(profile_text(again, again->mappings.items[0].path), "/opt/a\nb/demo");
	assert_int_equal(again->mappings.items[1].offset, 0x2000);
	assert_int_equal(frame(again, 0, 0)->address, 0x7f0000001000);
	assert_int_equal(frame(again, 0, 0)->mapping, 1);
}

static void the_older_text_has_the_figures_of_the_process(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = parsed(dump);
	CLEANUP(cleanup_free) char *text = written(heap_write_plain, profile);
	CLEANUP(cleanup_profile) struct profile *again = parsed(text);

	(void)state;
	assert_same_totals(again, profile);
	assert_int_equal(again->samples.count, 3);
	assert_null(find_label(again, 0, "jemalloc_thread"));
	assert_int_equal(frame(again, 0, 1)->address, 0x555500002000);
	assert_comment(again, 1, "sampling rate: not told, figures as dumped");
}

static struct profile *create(const char *const types[4], const int64_t *values, size_t depth)
{
	struct profile *profile = NULL;
	uint32_t location, stack;

	assert_success(profile_create(&profile));
	for (size_t i = 0; i < 2; i++)
		assert_success(profile_add_value_type(profile, types[2 * i], types[2 * i + 1]));
	assert_success(profile_add_named_location(profile, "main", &location));
	assert_success(profile_add_stack(profile, &location, depth, &stack));
	assert_success(profile_add_sample(profile, stack, 0, values));
	return profile;
}

static const char *const heap_types[4] = {"objects", "count", "space", "bytes"};

static void pprof_gets_no_bytes_without_an_object(void **state)
{
	CLEANUP(cleanup_profile)
	struct profile *profile = create(heap_types, (const int64_t[]){0, 7}, 0);
	CLEANUP(cleanup_free) char *text = written(heap_write_plain, profile);

	(void)state;
	assert_string_equal(text, "heap profile: 1: 7 [1: 7] @ heapprofile\n"
				  "1: 7 [1: 7] @ 0x1\n\nMAPPED_LIBRARIES:\n");
}

static void what_a_dump_cannot_hold_is_refused(void **state)
{
	static const char *const cpu_types[4] = {"samples", "count", "cpu", "nanoseconds"};
	static const struct {
		const char *const *types;
		int64_t values[2];
		size_t depth;
		const char *message;
	} cases[] = {
		{cpu_types, {1, 1}, 0, "the profile is not one of a heap"},
		{heap_types, {1, -1}, 0, "a heap dump cannot hold negative values"},
		{heap_types, {-1, 1}, 0, "a heap dump cannot hold negative values"},
		{heap_types, {1, 1}, 1, "its frames have no addresses"},
	};
	struct u8_array bytes;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(cleanup_profile)
		struct profile *profile = create(cases[i].types, cases[i].values, cases[i].depth);

		assert_error(heap_write_threaded(profile, NULL, &bytes), ERROR_UNSUPPORTED,
			cases[i].message, "save it as .pb.gz: that holds everything");
		assert_error(heap_write_plain(profile, NULL, &bytes), ERROR_UNSUPPORTED,
			cases[i].message, "save it as .pb.gz: that holds everything");
	}
}

/* Such profiles come from files; a maps file cannot have them. */
static void mappings_that_overlap_are_left_out(void **state)
{
	CLEANUP(cleanup_profile)
	struct profile *profile = create(heap_types, (const int64_t[]){1, 8}, 0);
	uint32_t id;

	(void)state;
	assert_success(profile_add_mapping(profile, 0x5000, 0x7000, 0, "/b", &id));
	assert_success(profile_add_mapping(profile, 0x6000, 0x8000, 0, "/overlaps", &id));
	assert_success(profile_add_mapping(profile, 0x9000, 0x9000, 0, "/empty", &id));
	assert_success(profile_add_mapping(profile, 0x1000, 0x2000, 0, "/a", &id));
	CLEANUP(cleanup_free) char *text = written(heap_write_threaded, profile);
	assert_string_equal(text, "heap_v2/1\n"
				  "  t*: 1: 8 [0: 0]\n"
				  "@ 0x1\n"
				  "  t*: 1: 8 [0: 0]\n"
				  "\nMAPPED_LIBRARIES:\n"
				  "1000-2000 r-xp 00000000 00:00 0 /a\n"
				  "5000-7000 r-xp 00000000 00:00 0 /b\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_jemalloc_wrote_is_written_as_estimates),
		cmocka_unit_test(the_older_text_has_the_figures_of_the_process),
		cmocka_unit_test(pprof_gets_no_bytes_without_an_object),
		cmocka_unit_test(what_a_dump_cannot_hold_is_refused),
		cmocka_unit_test(mappings_that_overlap_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
