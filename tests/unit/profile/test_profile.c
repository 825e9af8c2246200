#include "../base/test_support.h"

#include "base/cleanup.h"
#include "profile/profile.h"

static int setup(void **state)
{
	struct profile *profile = NULL;

	assert_success(profile_create(&profile));
	*state = profile;
	return 0;
}

static int teardown(void **state)
{
	struct profile *profile = *state;

	assert_success(profile_check(profile));
	profile_destroy(profile);
	return 0;
}

static void test_empty(void **state)
{
	struct profile *profile = *state;
	size_t index = 7, count = 7;

	assert_string_equal(profile_text(profile, 0), "");
	assert_non_null(profile_labels(profile, 0, &count));
	assert_int_equal(count, 0);
	assert_false(profile_find_value_type(profile, NULL, &index));
	assert_false(profile_find_value_type(profile, "cpu", &index));
	assert_int_equal(index, 7);
	profile_destroy(NULL);
}

static void test_strings_are_interned(void **state)
{
	struct profile *profile = *state;
	uint32_t main_id, other, again, empty;

	assert_success(profile_string(profile, "main", &main_id));
	assert_success(profile_string(profile, "other", &other));
	assert_success(profile_string(profile, "main", &again));
	assert_success(profile_string(profile, "", &empty));
	assert_int_equal(main_id, again);
	assert_int_not_equal(main_id, other);
	assert_int_equal(empty, 0);
	assert_string_equal(profile_text(profile, other), "other");
}

static void test_value_types(void **state)
{
	struct profile *profile = *state;
	size_t index;

	assert_success(profile_add_value_type(profile, "samples", "count"));
	assert_success(profile_add_value_type(profile, "cpu", "nanoseconds"));
	assert_success(profile_add_value_type(profile, "wall", "nanoseconds"));
	assert_true(profile_find_value_type(profile, NULL, &index));
	assert_int_equal(index, 2);
	assert_true(profile_find_value_type(profile, "cpu", &index));
	assert_int_equal(index, 1);
	assert_false(profile_find_value_type(profile, "count", &index));

	assert_success(profile_string(profile, "samples", &profile->default_sample_type));
	assert_true(profile_find_value_type(profile, NULL, &index));
	assert_int_equal(index, 0);
	assert_success(profile_string(profile, "nowhere", &profile->default_sample_type));
	assert_true(profile_find_value_type(profile, NULL, &index));
	assert_int_equal(index, 2);
}

static void test_value_type_after_samples(void **state)
{
	struct profile *profile = *state;
	const int64_t value = 1;
	uint32_t stack;

	assert_success(profile_add_value_type(profile, "cpu", "nanoseconds"));
	assert_success(profile_add_stack(profile, NULL, 0, &stack));
	assert_success(profile_add_sample(profile, stack, 0, &value));
	assert_error(profile_add_value_type(profile, "wall", "nanoseconds"), ERROR_USAGE,
		"value type 'wall' comes after the first sample", NULL);
	assert_int_equal(profile->value_types.count, 1);
}

static void test_locations_are_interned(void **state)
{
	struct profile *profile = *state;
	uint32_t program, library, first, second, third, again;

	assert_success(profile_add_mapping(profile, 0x1000, 0x2000, 0, "/bin/app", &program));
	assert_success(profile_add_mapping(profile, 0x5000, 0x6000, 0x100, "/lib/x.so", &library));
	assert_int_equal(program, 0);
	assert_int_equal(library, 1);
	assert_success(profile_add_location(profile, program, 0x1100, &first));
	assert_success(profile_add_location(profile, library, 0x1100, &second));
	assert_success(profile_add_location(profile, PROFILE_NONE, 0x1100, &third));
	assert_success(profile_add_location(profile, program, 0x1100, &again));
	assert_int_equal(first, again);
	assert_int_not_equal(first, second);
	assert_int_not_equal(second, third);
	assert_int_equal(profile->locations.count, 3);
	assert_int_equal(profile->locations.items[second].address, 0x1100);
	assert_int_equal(profile->locations.items[second].mapping, library);
	assert_int_equal(profile->locations.items[second].line_count, 0);
	assert_string_equal(profile_text(profile, profile->mappings.items[1].path), "/lib/x.so");
}

static uint32_t add_function(struct profile *profile, const char *name)
{
	struct profile_function function = {0};
	uint32_t id;

	assert_success(profile_string(profile, name, &function.name));
	assert_success(profile_add_function(profile, &function, &id));
	return id;
}

static const char *line_name(const struct profile *profile, uint32_t location, uint32_t line)
{
	const struct profile_location *at = &profile->locations.items[location];
	uint32_t function = profile->lines.items[at->first_line + line].function;

	return profile_text(profile, profile_function(profile, function)->name);
}

static void test_naming_keeps_the_location(void **state)
{
	struct profile *profile = *state;
	uint32_t location, again, other;
	const struct profile_line lines[] = {
		{add_function(profile, "inner"), 3},
		{add_function(profile, "outer"), 9},
		{add_function(profile, "main"), 1},
	};

	assert_success(profile_add_location(profile, PROFILE_NONE, 0x10, &location));
	assert_success(profile_add_location(profile, PROFILE_NONE, 0x20, &other));
	assert_success(profile_set_lines(profile, location, lines, 2));
	assert_success(profile_set_lines(profile, other, lines + 2, 1));
	assert_success(profile_add_location(profile, PROFILE_NONE, 0x10, &again));
	assert_int_equal(location, again);
	assert_int_equal(profile->locations.items[location].line_count, 2);
	assert_string_equal(line_name(profile, location, 0), "inner");
	assert_string_equal(line_name(profile, location, 1), "outer");

	assert_success(profile_set_lines(profile, location, lines, 3));
	assert_string_equal(line_name(profile, location, 2), "main");
	assert_success(profile_set_lines(profile, location, lines + 1, 1));
	assert_int_equal(profile->locations.items[location].line_count, 1);
	assert_string_equal(line_name(profile, location, 0), "outer");
	assert_string_equal(line_name(profile, other, 0), "main");
	assert_success(profile_set_lines(profile, location, NULL, 0));
	assert_int_equal(profile->locations.items[location].line_count, 0);
}

static void test_named_locations(void **state)
{
	struct profile *profile = *state;
	uint32_t first, second, again;

	assert_success(profile_add_named_location(profile, "[not sampled]", &first));
	assert_success(profile_add_named_location(profile, "[truncated]", &second));
	assert_success(profile_add_named_location(profile, "[not sampled]", &again));
	assert_int_equal(first, again);
	assert_int_not_equal(first, second);
	assert_string_equal(line_name(profile, second, 0), "[truncated]");
	assert_int_equal(profile->locations.items[second].mapping, PROFILE_NONE);
	assert_int_equal(profile->locations.items[second].address, 0);
}

static void test_complete_locations(void **state)
{
	struct profile *profile = *state;
	uint32_t a, b, again, bare, many;
	struct profile_line lines[20];

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		lines[i] = (struct profile_line){
			add_function(profile, i % 2 ? "odd" : "even"), (uint32_t)i};
	assert_success(profile_add_complete_location(profile, PROFILE_NONE, 0, lines, 1, &a));
	assert_success(profile_add_complete_location(profile, PROFILE_NONE, 0, lines + 1, 1, &b));
	assert_success(profile_add_complete_location(profile, PROFILE_NONE, 0, lines, 1, &again));
	assert_success(profile_add_complete_location(profile, PROFILE_NONE, 0, NULL, 0, &bare));
	assert_success(profile_add_complete_location(profile, PROFILE_NONE, 0, lines, 20, &many));
	assert_int_equal(a, again);
	assert_int_equal(profile->locations.count, 4);
	assert_int_equal(profile->locations.items[bare].line_count, 0);
	assert_int_equal(profile->locations.items[many].line_count, 20);
	assert_string_equal(line_name(profile, many, 19), "odd");
	assert_string_equal(line_name(profile, b, 0), "odd");
	assert_success(profile_add_location(profile, PROFILE_NONE, 0, &again));
	assert_int_equal(bare, again);
}

static void test_stacks(void **state)
{
	struct profile *profile = *state;
	uint32_t locations[2], first, second, empty, again;
	size_t count;

	assert_success(profile_add_location(profile, PROFILE_NONE, 1, &locations[0]));
	assert_success(profile_add_location(profile, PROFILE_NONE, 2, &locations[1]));
	assert_success(profile_add_stack(profile, locations, 2, &first));
	assert_success(profile_add_stack(profile, locations, 1, &second));
	assert_success(profile_add_stack(profile, NULL, 0, &empty));
	assert_success(profile_add_stack(profile, locations, 2, &again));
	assert_int_equal(first, again);
	assert_int_not_equal(first, second);
	const uint32_t *stack = profile_stack(profile, first, &count);
	assert_int_equal(count, 2);
	assert_memory_equal(stack, locations, sizeof(locations));
	profile_stack(profile, empty, &count);
	assert_int_equal(count, 0);
}

static void test_labels(void **state)
{
	struct profile *profile = *state;
	struct profile_label labels[2] = {{.number = 42}, {.number = 0}};
	uint32_t set, again, swapped;
	size_t count;

	assert_success(profile_string(profile, "tid", &labels[0].key));
	assert_success(profile_string(profile, "thread", &labels[1].key));
	assert_success(profile_string(profile, "worker", &labels[1].text));
	assert_success(profile_add_labels(profile, labels, 2, &set));
	assert_success(profile_add_labels(profile, labels, 2, &again));
	assert_int_equal(set, again);
	const struct profile_label *got = profile_labels(profile, set, &count);
	assert_int_equal(count, 2);
	assert_int_equal(got[0].number, 42);
	assert_string_equal(profile_text(profile, got[1].text), "worker");
	struct profile_label reversed[] = {labels[1], labels[0]};
	assert_success(profile_add_labels(profile, reversed, 2, &swapped));
	assert_int_not_equal(set, swapped);
}

static void test_samples_add_up(void **state)
{
	struct profile *profile = *state;
	struct profile_label label = {.number = 1};
	uint32_t stack, labels;

	assert_success(profile_add_value_type(profile, "samples", "count"));
	assert_success(profile_add_value_type(profile, "cpu", "nanoseconds"));
	assert_success(profile_add_stack(profile, NULL, 0, &stack));
	assert_success(profile_string(profile, "tid", &label.key));
	assert_success(profile_add_labels(profile, &label, 1, &labels));
	assert_success(profile_add_sample(profile, stack, 0, (int64_t[]){1, 10}));
	assert_success(profile_add_sample(profile, stack, labels, (int64_t[]){2, 20}));
	assert_success(profile_add_sample(profile, stack, 0, (int64_t[]){3, -40}));
	assert_int_equal(profile->samples.count, 2);
	assert_int_equal(profile->values.count, 4);
	assert_int_equal(profile->values.items[0], 4);
	assert_int_equal(profile->values.items[1], -30);
	assert_int_equal(profile->samples.items[1].labels, labels);
	assert_int_equal(profile_total(profile, 0), 6);
	assert_int_equal(profile_total(profile, 1), -10);
}

static void test_sums_saturate(void **state)
{
	struct profile *profile = *state;
	uint32_t stack;

	assert_success(profile_add_value_type(profile, "up", "count"));
	assert_success(profile_add_value_type(profile, "down", "count"));
	assert_success(profile_add_stack(profile, NULL, 0, &stack));
	for (int i = 0; i < 3; i++)
		assert_success(profile_add_sample(
			profile, stack, 0, (int64_t[]){INT64_MAX - 1, INT64_MIN}));
	assert_int_equal(profile->values.items[0], INT64_MAX);
	assert_int_equal(profile->values.items[1], INT64_MIN);
	assert_int_equal(profile_total(profile, 0), INT64_MAX);
}

static void test_comments(void **state)
{
	struct profile *profile = *state;

	assert_success(profile_add_comment(profile, "lost %d of %s", 3, "many"));
	assert_success(profile_add_comment(profile, "again"));
	assert_int_equal(profile->comments.count, 2);
	assert_string_equal(profile_text(profile, profile->comments.items[0]), "lost 3 of many");
}

/* Tables grow past their first sizes, and every id still finds its own. */
static void test_many_stacks(void **state)
{
	struct profile *profile = *state;
	const uint32_t count = 20000;

	assert_success(profile_add_value_type(profile, "cpu", "nanoseconds"));
	for (uint32_t i = 0; i < count; i++) {
		uint32_t locations[2], stack;
		const int64_t value = i;

		assert_success(profile_add_location(profile, PROFILE_NONE, i, &locations[0]));
		assert_success(profile_add_location(profile, PROFILE_NONE, i / 7, &locations[1]));
		assert_success(profile_add_stack(profile, locations, 2, &stack));
		assert_int_equal(stack, i);
		assert_success(profile_add_sample(profile, stack, 0, &value));
	}
	assert_int_equal(profile->locations.count, count);
	assert_int_equal(profile->samples.count, count);
	for (uint32_t i = 0; i < count; i++) {
		size_t depth;
		const uint32_t *stack = profile_stack(profile, i, &depth);

		assert_int_equal(depth, 2);
		assert_int_equal(profile->locations.items[stack[0]].address, i);
		assert_int_equal(profile->locations.items[stack[1]].address, i / 7);
		assert_int_equal(profile->values.items[i], i);
	}
	assert_int_equal(profile_total(profile, 0), (int64_t)count * (count - 1) / 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_empty),
		TEST(test_strings_are_interned),
		TEST(test_value_types),
		TEST(test_value_type_after_samples),
		TEST(test_locations_are_interned),
		TEST(test_naming_keeps_the_location),
		TEST(test_named_locations),
		TEST(test_complete_locations),
		TEST(test_stacks),
		TEST(test_labels),
		TEST(test_samples_add_up),
		TEST(test_sums_saturate),
		TEST(test_comments),
		TEST(test_many_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
