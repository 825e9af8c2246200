#include "../base/test_support.h"

#include "base/cleanup.h"
#include "profile/joint.h"

/* main -> leaf, with the values; a label "pid" of its own if number is not 0. */
static struct profile *make_profile(
	const char *type, const char *leaf, int64_t value, int64_t number)
{
	struct profile_label label = {.number = number};
	struct profile *profile;
	uint32_t locations[2], stack, labels = 0;

	assert_success(profile_create(&profile));
	assert_success(profile_add_value_type(profile, "samples", "count"));
	assert_success(profile_add_value_type(profile, type, "nanoseconds"));
	assert_success(profile_add_named_location(profile, leaf, &locations[0]));
	assert_success(profile_add_named_location(profile, "main", &locations[1]));
	assert_success(profile_add_stack(profile, locations, 2, &stack));
	assert_success(profile_string(profile, "pid", &label.key));
	if (number)
		assert_success(profile_add_labels(profile, &label, 1, &labels));
	assert_success(profile_add_sample(profile, stack, labels, (int64_t[]){1, value}));
	assert_success(profile_add_comment(profile, "for all"));
	assert_success(profile_add_comment(profile, "leaf %s", leaf));
	profile->time = 1000 + value;
	profile->duration = 10 * value;
	return profile;
}

static const char *function_name(const struct profile *profile, uint32_t location)
{
	const struct profile_location *at = &profile->locations.items[location];
	uint32_t function = profile->lines.items[at->first_line].function;

	return profile_text(profile, profile_function(profile, function)->name);
}

static const char *root_of(const struct profile *profile, size_t sample)
{
	size_t count;
	const uint32_t *stack =
		profile_stack(profile, profile->samples.items[sample].stack, &count);

	return function_name(profile, stack[count - 1]);
}

static int64_t pid_of(const struct profile *profile, size_t sample)
{
	int64_t found = -1;
	size_t count;
	const struct profile_label *labels =
		profile_labels(profile, profile->samples.items[sample].labels, &count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(profile_text(profile, labels[i].key), "pid") == 0) {
			assert_int_equal(found, -1);
			found = labels[i].number;
		}
	return found;
}

static void sums_are_those_of_the_parts(void **state)
{
	struct process_profile parts[] = {
		{make_profile("cpu", "one", 7, 0), "server", 10},
		{make_profile("cpu", "one", 11, 0), "server", 11},
		{make_profile("cpu", "two", 13, 99), "other", 12},
		{make_profile("wall", "two", 100, 0), "server", 13},
	};
	CLEANUP(cleanup_profile) struct profile *joint = NULL;
	size_t cpu, wall;

	(void)state;
	assert_success(profile_join(parts, ARRAY_SIZE(parts), &joint));
	assert_success(profile_check(joint));
	assert_true(profile_find_value_type(joint, "cpu", &cpu));
	assert_true(profile_find_value_type(joint, "wall", &wall));
	assert_int_equal(profile_total(joint, 0), 4);
	assert_int_equal(profile_total(joint, cpu), 7 + 11 + 13);
	assert_int_equal(profile_total(joint, wall), 100);
	assert_int_equal(joint->samples.count, 4);
	assert_string_equal(root_of(joint, 0), "server (10)");
	assert_string_equal(root_of(joint, 1), "server (11)");
	assert_string_equal(root_of(joint, 2), "other (12)");
	assert_int_equal(pid_of(joint, 1), 11);
	assert_int_equal(pid_of(joint, 2), 99);
	assert_int_equal(joint->time, 1007);
	assert_int_equal(joint->duration, 1000);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		profile_destroy((struct profile *)(uintptr_t)parts[i].profile);
}

static void remarks_say_whose_they_are(void **state)
{
	struct process_profile parts[] = {
		{make_profile("cpu", "one", 7, 0), "server", 10},
		{make_profile("cpu", "two", 11, 0), "server", 11},
	};
	static const char *const expected[] = {
		"for all", "server (10): leaf one", "server (11): leaf two"};
	CLEANUP(cleanup_profile) struct profile *joint = NULL;

	(void)state;
	assert_success(profile_join(parts, ARRAY_SIZE(parts), &joint));
	assert_int_equal(joint->comments.count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_string_equal(profile_text(joint, joint->comments.items[i]), expected[i]);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		profile_destroy((struct profile *)(uintptr_t)parts[i].profile);
}

static void units_must_agree(void **state)
{
	struct profile *one = make_profile("cpu", "one", 7, 0), *other, *joint;

	(void)state;
	assert_success(profile_create(&other));
	assert_success(profile_add_value_type(other, "cpu", "bytes"));
	struct process_profile parts[] = {{one, "server", 10}, {other, "server", 11}};
	assert_error(profile_join(parts, 2, &joint), ERROR_USAGE,
		"the profiles have different units for cpu", NULL);
	profile_destroy(one);
	profile_destroy(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_those_of_the_parts),
		cmocka_unit_test(remarks_say_whose_they_are),
		cmocka_unit_test(units_must_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
