#include "../base/test_support.h"

#include <string.h>

#include "base/cleanup.h"
#include "profile/sum.h"

#define SECOND INT64_C(1000000000)

/* A profile of one function, with one value of each of the types. */
static struct profile *create(const char *const *types, const char *function, int64_t value)
{
	struct profile *profile = NULL;
	int64_t values[4] = {value, value, value, value};
	uint32_t location, stack;

	assert_success(profile_create(&profile));
	for (size_t i = 0; types[i]; i++)
		assert_success(profile_add_value_type(profile, types[i], "count"));
	assert_success(profile_add_named_location(profile, function, &location));
	assert_success(profile_add_stack(profile, &location, 1, &stack));
	assert_success(profile_add_sample(profile, stack, 0, values));
	return profile;
}

static const char *const samples[] = {"samples", NULL};
static const char *const both[] = {"allocated", "samples", NULL};
static const char *const others[] = {"allocated", NULL};

static struct profile *sum_of(const struct profile *const *profiles, size_t count)
{
	struct profile *result = NULL;

	assert_success(profile_sum(profiles, count, &result));
	assert_success(profile_check(result));
	return result;
}

static void equal_stacks_are_one_sample(void **state)
{
	CLEANUP(cleanup_profile) struct profile *one = create(samples, "run", 3);
	CLEANUP(cleanup_profile) struct profile *other = create(samples, "run", 4);
	CLEANUP(cleanup_profile) struct profile *third = create(samples, "rest", 5);
	const struct profile *const all[] = {one, other, third};
	CLEANUP(cleanup_profile) struct profile *sum = sum_of(all, 3);

	(void)state;
	assert_int_equal(sum->samples.count, 2);
	assert_int_equal(sum->values.items[0], 7);
	assert_int_equal(profile_total(sum, 0), 12);
}

static void durations_add_up_and_the_time_is_the_first(void **state)
{
	CLEANUP(cleanup_profile) struct profile *one = create(samples, "run", 1);
	CLEANUP(cleanup_profile) struct profile *other = create(samples, "run", 1);
	const struct profile *const all[] = {one, other};

	(void)state;
	one->time = 20 * SECOND;
	one->duration = 2 * SECOND;
	one->period = 10;
	other->time = 10 * SECOND;
	other->duration = 3 * SECOND;
	other->period = 50;
	CLEANUP(cleanup_profile) struct profile *sum = sum_of(all, 2);
	assert_int_equal(sum->time, 10 * SECOND);
	assert_int_equal(sum->duration, 5 * SECOND);
	assert_int_equal(sum->period, 50);
}

static void equal_remarks_are_one(void **state)
{
	CLEANUP(cleanup_profile) struct profile *one = create(samples, "run", 1);
	CLEANUP(cleanup_profile) struct profile *other = create(samples, "run", 1);
	const struct profile *const all[] = {one, other};

	(void)state;
	assert_success(profile_add_comment(one, "at 99 Hz"));
	assert_success(profile_add_comment(other, "at 99 Hz"));
	assert_success(profile_add_comment(other, "lost 2"));
	CLEANUP(cleanup_profile) struct profile *sum = sum_of(all, 2);
	assert_int_equal(sum->comments.count, 2);
}

static void values_are_those_that_all_have(void **state)
{
	CLEANUP(cleanup_profile) struct profile *one = create(both, "run", 1);
	CLEANUP(cleanup_profile) struct profile *other = create(samples, "run", 2);
	const struct profile *const all[] = {one, other};
	CLEANUP(cleanup_profile) struct profile *sum = sum_of(all, 2);

	(void)state;
	assert_int_equal(sum->value_types.count, 1);
	assert_string_equal(profile_text(sum, sum->value_types.items[0].type), "samples");
	assert_int_equal(profile_total(sum, 0), 3);
}

static void what_has_nothing_in_common_is_refused(void **state)
{
	CLEANUP(cleanup_profile) struct profile *one = create(samples, "run", 1);
	CLEANUP(cleanup_profile) struct profile *same = create(samples, "run", 1);
	CLEANUP(cleanup_profile) struct profile *other = create(others, "run", 2);
	const struct profile *const all[] = {one, same, other};
	struct profile *sum = NULL;
	CLEANUP(cleanup_error) struct error *error = profile_sum(all, 3, &sum);

	(void)state;
	assert_non_null(error);
	assert_int_equal(error->kind, ERROR_USAGE);
	assert_non_null(strstr(error->hint, "place 3"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_stacks_are_one_sample),
		cmocka_unit_test(durations_add_up_and_the_time_is_the_first),
		cmocka_unit_test(equal_remarks_are_one),
		cmocka_unit_test(values_are_those_that_all_have),
		cmocka_unit_test(what_has_nothing_in_common_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
