#include "../base/test_support.h"

#include "base/cleanup.h"
#include "profile/addition.h"
#include "profile/difference.h"

#define PROGRAM "/usr/bin/app"
#define BUILD   "abcd"

/* One value type, one mapping of 0x1000 bytes at start. */
static struct profile *create(
	const char *type, const char *unit, uint64_t start, const char *path, const char *build_id)
{
	struct profile *profile = NULL;
	uint32_t mapping;

	assert_success(profile_create(&profile));
	assert_success(profile_add_value_type(profile, type, unit));
	assert_success(profile_add_mapping(profile, start, start + 0x1000, 0x2000, path, &mapping));
	assert_success(
		profile_string(profile, build_id, &profile->mappings.items[mapping].build_id));
	return profile;
}

static struct profile *heap_at(uint64_t start, const char *build_id)
{
	return create("inuse_space", "bytes", start, PROGRAM, build_id);
}

/* A stack of one frame so many bytes behind the start of the mapping, named if there is a name. */
static void add(struct profile *profile, uint64_t offset, const char *name, int64_t value)
{
	uint64_t start = profile->mappings.items[0].start;
	uint32_t location, stack;

	assert_success(profile_add_location(profile, 0, start + offset, &location));
	if (name) {
		struct profile_function function = {0};
		struct profile_line line = {.line = 7};

		assert_success(profile_string(profile, name, &function.name));
		assert_success(profile_add_function(profile, &function, &line.function));
		assert_success(profile_set_lines(profile, location, &line, 1));
	}
	assert_success(profile_add_stack(profile, &location, 1, &stack));
	assert_success(profile_add_sample(profile, stack, 0, &value));
}

static struct profile *difference(const struct profile *profile, const struct profile *base)
{
	struct profile *result = NULL;

	assert_success(profile_difference(profile, base, &result));
	assert_success(profile_check(result));
	return result;
}

static void the_base_is_there_negated_and_marked(void **state)
{
	CLEANUP(cleanup_profile) struct profile *after = heap_at(0x10000, BUILD);
	CLEANUP(cleanup_profile) struct profile *before = heap_at(0x10000, BUILD);

	(void)state;
	add(after, 0x10, "grown", 100);
	add(before, 0x10, "grown", 60);
	add(before, 0x20, "gone", 5);
	CLEANUP(cleanup_profile) struct profile *result = difference(after, before);

	const int64_t values[] = {100, -60, -5};
	assert_int_equal(result->samples.count, 3);
	assert_memory_equal(result->values.items, values, sizeof(values));
	assert_int_equal(profile_total(result, 0), 35);
	const struct profile_sample *samples = result->samples.items;
	assert_int_equal(samples[0].stack, samples[1].stack);
	assert_int_not_equal(samples[0].stack, samples[2].stack);
	assert_false(profile_is_base(result, samples[0].labels));
	assert_true(profile_is_base(result, samples[1].labels));
	assert_true(profile_is_base(result, samples[2].labels));
	assert_int_equal(result->locations.count, 2);
	assert_int_equal(result->functions.entries.count, 2);
	assert_int_equal(result->lines.items[result->locations.items[0].first_line].line, 7);
	assert_string_equal(profile_text(result, result->mappings.items[0].build_id), BUILD);
}

/* The frames at 0x10 of both, which have the same name. */
static void assert_one_location(const struct profile *after, const struct profile *before, bool one)
{
	CLEANUP(cleanup_profile) struct profile *result = difference(after, before);

	assert_int_equal(result->locations.count, one ? 1 : 2);
	assert_int_equal(result->stacks.entries.count, one ? 1 : 2);
	assert_int_equal(result->mappings.count, one ? 1 : 2);
	assert_int_equal(result->functions.entries.count, 1);
}

static void mappings_are_told_by_build_id_and_place_in_the_file(void **state)
{
	static const struct {
		const char *path, *build_id;
		uint64_t start, size, offset;
		bool same;
	} cases[] = {
		{PROGRAM, BUILD, 0x10000, 0x1000, 0x2000, true},
		{PROGRAM, BUILD, 0x7f0000000000, 0x1000, 0x2000, true},
		{PROGRAM, BUILD, 0x7f0000000000, 0xff8, 0x2000, true},
		{"/opt/renamed", BUILD, 0x70000, 0x1000, 0x2000, true},
		{PROGRAM, "", 0x70000, 0x1000, 0x2000, true},
		{PROGRAM, "other", 0x70000, 0x1000, 0x2000, false},
		{"/opt/other", "", 0x70000, 0x1000, 0x2000, false},
		{PROGRAM, BUILD, 0x10000, 0x2000, 0x2000, false},
		{PROGRAM, BUILD, 0x10000, 0x1000, 0x3000, false},
	};
	CLEANUP(cleanup_profile) struct profile *after = heap_at(0x10000, BUILD);

	(void)state;
	add(after, 0x10, "same", 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(cleanup_profile)
		struct profile *before = create(
			"inuse_space", "bytes", cases[i].start, cases[i].path, cases[i].build_id);

		before->mappings.items[0].limit = cases[i].start + cases[i].size;
		before->mappings.items[0].offset = cases[i].offset;
		add(before, 0x10, "same", 2);
		assert_one_location(after, before, cases[i].same);
	}
}

static void memory_without_a_file_is_told_by_its_address(void **state)
{
	CLEANUP(cleanup_profile)
	struct profile *after = create("inuse_space", "bytes", 0x10000, "", "");
	CLEANUP(cleanup_profile)
	struct profile *same = create("inuse_space", "bytes", 0x10000, "", "");
	CLEANUP(cleanup_profile)
	struct profile *other = create("inuse_space", "bytes", 0x30000, "", "");

	(void)state;
	add(after, 0x10, "made at run time", 1);
	add(same, 0x10, "made at run time", 1);
	add(other, 0x10, "made at run time", 1);
	assert_one_location(after, same, true);
	assert_one_location(after, other, false);
}

static void frames_without_addresses_are_told_by_their_names(void **state)
{
	struct profile *both[2] = {NULL};

	(void)state;
	for (int i = 0; i < 2; i++) {
		const int64_t value = i + 1;
		uint32_t unused, location, stack;

		assert_success(profile_create(&both[i]));
		assert_success(profile_add_value_type(both[i], "samples", "count"));
		if (i) /* so that ids differ */
			assert_success(profile_add_named_location(both[i], "first", &unused));
		assert_success(profile_add_named_location(both[i], "main", &location));
		assert_success(profile_add_stack(both[i], &location, 1, &stack));
		assert_success(profile_add_sample(both[i], stack, 0, &value));
	}
	CLEANUP(cleanup_profile) struct profile *result = difference(both[0], both[1]);
	assert_int_equal(result->samples.count, 2);
	assert_int_equal(result->samples.items[0].stack, result->samples.items[1].stack);
	profile_destroy(both[0]);
	profile_destroy(both[1]);
}

static void labels_are_kept(void **state)
{
	CLEANUP(cleanup_profile) struct profile *after = heap_at(0x10000, BUILD);
	CLEANUP(cleanup_profile) struct profile *before = heap_at(0x10000, BUILD);
	struct profile_label label = {.number = 64};
	const int64_t value = 9;
	size_t count;

	(void)state;
	add(before, 0x10, NULL, 1);
	assert_success(profile_string(before, "bytes", &label.key));
	assert_success(profile_string(before, "bytes", &label.unit));
	uint32_t set;
	assert_success(profile_add_labels(before, &label, 1, &set));
	assert_success(profile_add_sample(before, 0, set, &value));
	CLEANUP(cleanup_profile) struct profile *result = difference(after, before);
	assert_int_equal(result->samples.count, 2);
	const struct profile_label *labels =
		profile_labels(result, result->samples.items[1].labels, &count);
	assert_int_equal(count, 2);
	assert_string_equal(profile_text(result, labels[0].key), "bytes");
	assert_string_equal(profile_text(result, labels[0].unit), "bytes");
	assert_int_equal(labels[0].number, 64);
	assert_string_equal(profile_text(result, labels[1].key), "pprof::base");
	assert_string_equal(profile_text(result, labels[1].text), "true");
}

/* (b - a) - a: what was marked once is not marked twice. */
static void a_difference_may_be_a_base(void **state)
{
	CLEANUP(cleanup_profile) struct profile *after = heap_at(0x10000, BUILD);
	CLEANUP(cleanup_profile) struct profile *before = heap_at(0x10000, BUILD);
	size_t count;

	(void)state;
	add(before, 0x10, NULL, 3);
	CLEANUP(cleanup_profile) struct profile *first = difference(after, before);
	CLEANUP(cleanup_profile) struct profile *second = difference(after, first);
	assert_int_equal(second->samples.count, 1);
	assert_int_equal(second->values.items[0], 3);
	profile_labels(second, second->samples.items[0].labels, &count);
	assert_int_equal(count, 1);
}

static void add_values(struct profile *profile, const int64_t *values)
{
	uint32_t stack;

	assert_success(profile_add_stack(profile, NULL, 0, &stack));
	assert_success(profile_add_sample(profile, stack, 0, values));
}

static struct profile *create_with_types(const char *const types[][2], const int64_t *values)
{
	struct profile *profile = NULL;

	assert_success(profile_create(&profile));
	for (; *(*types)[0]; types++)
		assert_success(profile_add_value_type(profile, (*types)[0], (*types)[1]));
	add_values(profile, values);
	return profile;
}

static void values_in_common_are_compared(void **state)
{
	static const char *const four[][2] = {{"alloc_objects", "count"}, {"alloc_space", "bytes"},
		{"inuse_objects", "count"}, {"inuse_space", "bytes"}, {""}};
	static const char *const two[][2] = {
		{"inuse_space", "bytes"}, {"inuse_objects", "count"}, {""}};
	static const char *const other[][2] = {{"inuse_space", "count"}, {"cpu", "count"}, {""}};
	CLEANUP(cleanup_profile)
	struct profile *after = create_with_types(four, (const int64_t[]){1, 2, 3, 4});
	CLEANUP(cleanup_profile)
	struct profile *before = create_with_types(two, (const int64_t[]){30, 20});
	CLEANUP(cleanup_profile)
	struct profile *cpu = create_with_types(other, (const int64_t[]){1, 1});
	struct profile *nothing = NULL;

	(void)state;
	CLEANUP(cleanup_profile) struct profile *result = difference(after, before);
	const int64_t values[] = {3, 4, -20, -30};
	assert_int_equal(result->value_types.count, 2);
	assert_string_equal(profile_text(result, result->value_types.items[1].type), "inuse_space");
	assert_int_equal(result->values.count, 4);
	assert_memory_equal(result->values.items, values, sizeof(values));
	assert_error(profile_difference(before, cpu, &nothing), ERROR_USAGE,
		"the two profiles have no values in common",
		"the one has inuse_space in bytes, inuse_objects in count; the base inuse_space in "
		"count, cpu in count");
}

static void values_stop_at_the_ends(void **state)
{
	CLEANUP(cleanup_profile) struct profile *after = heap_at(0x10000, BUILD);
	CLEANUP(cleanup_profile) struct profile *before = heap_at(0x10000, BUILD);

	(void)state;
	add(before, 0x10, NULL, INT64_MIN);
	add(before, 0x20, NULL, 0);
	CLEANUP(cleanup_profile) struct profile *result = difference(after, before);
	assert_int_equal(result->samples.count, 1); /* zeros are left out */
	assert_true(result->values.items[0] == INT64_MAX);
}

static void the_header_is_of_both(void **state)
{
	CLEANUP(cleanup_profile) struct profile *after = heap_at(0x10000, BUILD);
	CLEANUP(cleanup_profile) struct profile *before = heap_at(0x10000, BUILD);

	(void)state;
	after->time = 2000;
	before->time = 1000;
	after->duration = 5;
	before->duration = 6;
	after->period = 1;
	before->period = 9;
	assert_success(profile_string(after, "malloc", &after->drop_frames));
	assert_success(profile_string(after, "space", &after->period_type.type));
	assert_success(profile_string(before, "calloc", &before->drop_frames));
	assert_success(profile_add_comment(after, "rate 1"));
	assert_success(profile_add_comment(after, "lost: 2"));
	assert_success(profile_add_comment(before, "rate 1"));
	assert_success(profile_add_comment(before, "lost: 3"));
	CLEANUP(cleanup_profile) struct profile *result = difference(after, before);
	assert_int_equal(result->time, 1000);
	assert_int_equal(result->duration, 11);
	assert_int_equal(result->period, 9);
	assert_string_equal(profile_text(result, result->drop_frames), "malloc");
	assert_string_equal(profile_text(result, result->period_type.type), "space");
	static const char *const comments[] = {"rate 1", "lost: 2", "base: lost: 3"};
	assert_int_equal(result->comments.count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(profile_text(result, result->comments.items[i]), comments[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_base_is_there_negated_and_marked),
		cmocka_unit_test(mappings_are_told_by_build_id_and_place_in_the_file),
		cmocka_unit_test(memory_without_a_file_is_told_by_its_address),
		cmocka_unit_test(frames_without_addresses_are_told_by_their_names),
		cmocka_unit_test(labels_are_kept),
		cmocka_unit_test(a_difference_may_be_a_base),
		cmocka_unit_test(values_in_common_are_compared),
		cmocka_unit_test(values_stop_at_the_ends),
		cmocka_unit_test(the_header_is_of_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
