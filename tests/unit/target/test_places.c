#include "../base/test_support.h"

#include <sched.h>
#include <unistd.h>

#include "target/tracer_places.h"

static struct tracer_shared *shared;

static int set_up(void **state)
{
	(void)state;
	shared = calloc(1, sizeof(*shared));
	return shared ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(shared);
	return 0;
}

static void capture_on(struct places *places, int first, int second)
{
	shared->process = getpid();
	shared->count = 2;
	shared->items[0] = (struct tracer_item){.thread = 100, .processor = first};
	shared->items[1] = (struct tracer_item){.thread = 101, .processor = second};
	places_remember(places, shared);
}

static void note(struct places *places, int64_t system_call, int times)
{
	const struct capture capture = {.system_call = system_call};

	for (int i = 0; i < times; i++)
		places_note_calls(places, &capture);
}

static void places_are_those_of_the_last_capture(void **state)
{
	struct places places = {0};
	unsigned drawn[4] = {0};

	(void)state;
	assert_int_equal(places_draw_busy(&places, 7), -1);
	capture_on(&places, 3, 1);
	for (unsigned i = 0; i < 20; i++)
		drawn[places_draw_busy(&places, i)]++;
	assert_int_equal(drawn[1], 10);
	assert_int_equal(drawn[3], 10);
	capture_on(&places, 2, 2);
	assert_int_equal(places_draw_busy(&places, 1), 2);
}

static void what_the_tracer_did_not_see_is_looked_up(void **state)
{
	struct places places = {0};

	(void)state;
	shared->process = getpid();
	shared->count = 1;
	shared->items[0] = (struct tracer_item){.thread = getpid(), .processor = -1};
	places_remember(&places, shared);
	assert_in_range(places_draw_busy(&places, 0), 0, CPU_SETSIZE - 1);
	shared->items[0].thread = 1 << 30;
	places_remember(&places, shared);
	assert_int_equal(places_draw_busy(&places, 0), -1);
}

/* Those that had a CPU are; and where none had, what was known before is. */
static void of_many_not_all_are_looked_up(void **state)
{
	struct places places = {0};

	(void)state;
	capture_on(&places, 3, 3);
	shared->count = 20;
	for (size_t i = 0; i < shared->count; i++)
		shared->items[i] = (struct tracer_item){
			.thread = getpid(), .processor = -1, .outcome = CAPTURE_ASLEEP};
	places_remember(&places, shared);
	assert_int_equal(places_draw_busy(&places, 0), 3);
	for (size_t i = 0; i < shared->count; i++)
		shared->items[i].processor = 2;
	shared->items[19].processor = 1;
	shared->items[19].outcome = CAPTURE_DONE;
	places_remember(&places, shared);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(places_draw_busy(&places, i), 1);
}

static void a_free_cpu_is_for_those_who_compute(void **state)
{
	struct places places = {0};
	cpu_set_t all, one;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	capture_on(&places, -1, -1);
	note(&places, -1, 31);
	assert_int_equal(places_find_free(&places), -1);
	note(&places, -1, 1);
	assert_in_range(places_find_free(&places), 0, CPU_SETSIZE - 1);
	note(&places, 0, 1);
	assert_int_equal(places_find_free(&places), -1);
	note(&places, -1, 31);
	assert_in_range(places_find_free(&places), 0, CPU_SETSIZE - 1);
	/* On the only one that limpet may use there is a thread. */
	CPU_ZERO(&one);
	for (size_t cpu = 0; !CPU_COUNT(&one); cpu++)
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	capture_on(&places, sched_getcpu(), -1);
	assert_int_equal(places_find_free(&places), -1);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
}

/* However long it has computed before. */
static void who_begins_with_system_calls_is_joined_soon(void **state)
{
	struct places places = {0};

	(void)state;
	capture_on(&places, -1, -1);
	note(&places, -1, 100000);
	assert_in_range(places_find_free(&places), 0, CPU_SETSIZE - 1);
	note(&places, 1, 10);
	assert_int_equal(places_find_free(&places), -1);
	note(&places, -1, 1000);
	assert_in_range(places_find_free(&places), 0, CPU_SETSIZE - 1);
}

static void what_was_not_captured_says_nothing(void **state)
{
	const struct capture asleep = {.outcome = CAPTURE_ASLEEP, .system_call = 0};
	struct places places = {0};

	(void)state;
	for (int i = 0; i < 100; i++)
		places_note_calls(&places, &asleep);
	assert_int_equal(places.seen, 0);
	assert_int_equal(places.in_calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_those_of_the_last_capture),
		cmocka_unit_test(what_the_tracer_did_not_see_is_looked_up),
		cmocka_unit_test(of_many_not_all_are_looked_up),
		cmocka_unit_test(a_free_cpu_is_for_those_who_compute),
		cmocka_unit_test(who_begins_with_system_calls_is_joined_soon),
		cmocka_unit_test(what_was_not_captured_says_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
