#include "../base/test_support.h"

#include <stdio.h>

#include "collect/sampling.h"

#define MARK 1000000000000000LL

/* As in a capture that goes on for hours: memory is bounded, and no total is lost. */

struct fixture {
	struct profile *profile;
	struct cpu_statistics statistics;
};

static const struct cpu_options options = {.rate = 100};
static const int64_t values[] = {1, 10};

static int set_up(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){0};
	assert_success(profile_create(&fixture.profile));
	assert_success(sampling_prepare(fixture.profile, "cpu", &options));
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	profile_destroy(((struct fixture *)*state)->profile);
	return 0;
}

static uint32_t make_stack(struct profile *profile, uint32_t number)
{
	uint32_t stack;

	assert_success(profile_add_stack(profile, &number, 1, &stack));
	return stack;
}

static void add(struct fixture *fixture, const char *name, pid_t thread, uint32_t stack)
{
	assert_success(
		sampling_add(fixture->profile, &fixture->statistics, name, thread, stack, values));
}

/* The labels under which one more is added, "NAME/NUMBER". */
static void assert_added(struct fixture *fixture, const char *name, pid_t thread, uint32_t stack,
	const char *expected)
{
	static const int64_t marked[] = {0, MARK};
	struct profile *profile = fixture->profile;
	const struct profile_label *labels;
	char found[64] = "";
	size_t at = 0, count;

	assert_success(sampling_add(profile, &fixture->statistics, name, thread, stack, marked));
	while (profile->values.items[2 * at + 1] < MARK)
		assert_true(++at < profile->samples.count);
	profile->values.items[2 * at + 1] -= MARK;
	assert_int_equal(profile->samples.items[at].stack, stack);
	labels = profile_labels(profile, profile->samples.items[at].labels, &count);
	for (size_t i = 0; i < count; i++)
		if (labels[i].text)
			snprintf(found, sizeof(found), "%s", profile_text(profile, labels[i].text));
		else
			snprintf(found + strlen(found), sizeof(found) - strlen(found), "/%ld",
				labels[i].number);
	assert_string_equal(found, expected);
}

static void assert_comment(struct fixture *fixture, const char *expected)
{
	const struct u32_array *comments = &fixture->profile->comments;

	assert_success(sampling_add_comments(fixture->profile, &options, &fixture->statistics));
	assert_string_equal(
		profile_text(fixture->profile, comments->items[comments->count - 1]), expected);
}
static void of_too_many_threads_those_that_come_later_have_no_numbers(void **state)
{
	struct fixture *fixture = *state;
	uint32_t stack = make_stack(fixture->profile, 1);

	assert_added(fixture, "first", 1, stack, "first/1");
	for (pid_t i = 2; i < SAMPLING_LABELS_MAX; i++)
		add(fixture, "many", i, stack);
	assert_added(fixture, "many", SAMPLING_LABELS_MAX - 1, stack, "many/16383");
	assert_false(fixture->statistics.labels_left_out);
	assert_added(fixture, "many", SAMPLING_LABELS_MAX, stack, "many");
	assert_true(fixture->statistics.labels_left_out);
	assert_added(fixture, "late", 99999, stack, "late");
	assert_added(fixture, "many", 7, stack, "many/7");
	assert_added(fixture, "first", 1, make_stack(fixture->profile, 2), "first/1");
	assert_int_equal(profile_total(fixture->profile, 0), SAMPLING_LABELS_MAX - 2);
	assert_comment(fixture, "more than 16384 threads: the numbers of later ones are left out");
}

static void of_too_many_names_those_that_come_later_are_left_out(void **state)
{
	struct fixture *fixture = *state;
	uint32_t stack = make_stack(fixture->profile, 1);
	char name[16];

	for (pid_t i = 1; i < 2 * SAMPLING_LABELS_MAX; i++) {
		snprintf(name, sizeof(name), "name-%d", i);
		add(fixture, name, i, stack);
	}
	assert_int_equal(fixture->profile->label_sets.entries.count, 2 * SAMPLING_LABELS_MAX);
	assert_added(fixture, "another", 1, stack, "");
	assert_added(fixture, "name-1", 1, stack, "name-1/1");
	assert_added(fixture, "name-1", 99999, stack, "");
	assert_added(fixture, name, 99999, stack, name);
	assert_int_equal(fixture->profile->label_sets.entries.count, 2 * SAMPLING_LABELS_MAX);
}

#define THREADS 1024

static void of_too_many_pairs_those_that_come_later_have_no_thread(void **state)
{
	struct fixture *fixture = *state;
	uint32_t stack = 0;

	for (uint32_t i = 0; i < SAMPLING_PAIRS_MAX / THREADS; i++) {
		stack = make_stack(fixture->profile, i);
		for (pid_t thread = 1; thread <= THREADS; thread++)
			add(fixture, "worker", thread, stack);
	}
	assert_false(fixture->statistics.threads_left_out);
	assert_int_equal(fixture->profile->samples.count, SAMPLING_PAIRS_MAX);
	assert_added(fixture, "worker", 7, stack, "worker/7");
	stack = make_stack(fixture->profile, 1 << 20);
	assert_added(fixture, "worker", 7, stack, "");
	assert_added(fixture, "worker", 8, stack, "");
	assert_true(fixture->statistics.threads_left_out);
	assert_int_equal(fixture->profile->samples.count, SAMPLING_PAIRS_MAX + 1);
	assert_int_equal(profile_total(fixture->profile, 0), SAMPLING_PAIRS_MAX);
	assert_comment(fixture, "more than 1048576 pairs of a thread and a stack: the thread of "
				"later ones is left out");
}

#define WITH_PROFILE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PROFILE(of_too_many_threads_those_that_come_later_have_no_numbers),
		WITH_PROFILE(of_too_many_names_those_that_come_later_are_left_out),
		WITH_PROFILE(of_too_many_pairs_those_that_come_later_have_no_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
