#include "../base/test_support.h"

#include "call/time_places.h"

#define PLACES   0x5000
#define PLACE(n) (PLACES + (n)*TIME_PLACE_LENGTH)
#define THREADS  4
#define THREAD   100 /* the first one */

static struct thread_status statuses[THREADS];
static bool gone[THREADS];

static bool thread_status(struct target *target, pid_t thread, struct thread_status *ret)
{
	(void)target;
	if (thread < THREAD || thread >= THREAD + THREADS || gone[thread - THREAD])
		return false;
	*ret = statuses[thread - THREAD];
	return true;
}

static const struct target_operations operations = {.thread_status = thread_status};
static struct target target = {.operations = &operations};

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < THREADS; i++) {
		statuses[i] = (struct thread_status){.state = 'S', .system_call = 7};
		gone[i] = false;
	}
	return 0;
}

static void wait_with(int thread, uint64_t place)
{
	statuses[thread - THREAD].arguments[2] = place;
}

static void runs(int thread)
{
	statuses[thread - THREAD].system_call = -1;
}

static void each_thread_has_its_own(void **state)
{
	struct time_places places = {.address = PLACES, .count = 3};

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(time_places_take(&places, &target, THREAD + i), PLACE(i));
		wait_with(THREAD + i, PLACE(i));
	}
	assert_int_equal(time_places_take(&places, &target, THREAD + 1), PLACE(1));
	assert_int_equal(time_places_take(&places, &target, THREAD + 3), 0);
}

static void a_place_that_nothing_refers_to_is_given_on(void **state)
{
	struct time_places places = {.address = PLACES, .count = 1};

	(void)state;
	assert_int_equal(time_places_take(&places, &target, THREAD), PLACE(0));
	runs(THREAD); /* has not come back to its call yet */
	assert_int_equal(time_places_take(&places, &target, THREAD + 1), 0);
	statuses[0].system_call = 7;
	wait_with(THREAD, PLACE(0));
	assert_int_equal(time_places_take(&places, &target, THREAD + 1), 0);
	wait_with(THREAD, 0);
	assert_int_equal(time_places_take(&places, &target, THREAD + 1), PLACE(0));
	wait_with(THREAD + 1, PLACE(0));
	assert_int_equal(time_places_take(&places, &target, THREAD + 2), 0);
	gone[1] = true;
	assert_int_equal(time_places_take(&places, &target, THREAD + 2), PLACE(0));
}

static void what_threads_refer_to_from_before_is_theirs(void **state)
{
	struct time_places places = {.address = PLACES, .count = 2};

	(void)state;
	wait_with(THREAD + 1, PLACE(0));
	wait_with(THREAD + 2, PLACE(1) + 8); /* something else */
	for (int i = 0; i < THREADS; i++)
		time_places_note(&places, THREAD + i, &statuses[i]);
	assert_int_equal(time_places_take(&places, &target, THREAD + 2), PLACE(1));
	assert_int_equal(time_places_take(&places, &target, THREAD + 1), PLACE(0));
}

static void what_a_thread_that_runs_had_says_nothing(void **state)
{
	struct time_places places = {.address = PLACES, .count = 1};

	(void)state;
	wait_with(THREAD, PLACE(0));
	runs(THREAD);
	time_places_note(&places, THREAD, &statuses[0]);
	assert_int_equal(time_places_take(&places, &target, THREAD + 1), PLACE(0));
}

static void without_memory_there_are_none(void **state)
{
	struct time_places places = {0};

	(void)state;
	time_places_note(&places, THREAD, &statuses[0]);
	assert_int_equal(time_places_take(&places, &target, THREAD), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_thread_has_its_own, set_up),
		cmocka_unit_test_setup(a_place_that_nothing_refers_to_is_given_on, set_up),
		cmocka_unit_test_setup(what_threads_refer_to_from_before_is_theirs, set_up),
		cmocka_unit_test_setup(what_a_thread_that_runs_had_says_nothing, set_up),
		cmocka_unit_test_setup(without_memory_there_are_none, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
