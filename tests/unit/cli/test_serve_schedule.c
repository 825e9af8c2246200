#include "../base/test_support.h"

#include "base/clock.h"
#include "cli/serve_schedule.h"

#define SECOND NANOSECONDS_PER_SECOND
#define NOW    (1000 * SECOND)

static void a_capture_runs_whole_if_nothing_else_waits(void **state)
{
	struct schedule_capture capture = schedule_capture_begin(30 * SECOND, NOW);
	struct schedule schedule = {.capture = &capture};

	(void)state;
	assert_int_equal(schedule_next(&schedule), SCHEDULE_CAPTURE);
	assert_int_equal(schedule_slice(&capture, NOW), 30 * SECOND);
	capture.since = NOW;
	assert_int_equal(schedule_interrupt_at(&schedule), UINT64_MAX);
	/* It took a little longer than it was to. */
	schedule_slice_ended(&capture, 30 * SECOND + 1, false);
	assert_int_equal(schedule_slice(&capture, NOW + 30 * SECOND), 0);
}

static void one_that_ended_by_itself_early_is_over(void **state)
{
	struct schedule_capture capture = schedule_capture_begin(30 * SECOND, NOW);

	(void)state;
	schedule_slice_ended(&capture, 29 * SECOND, false);
	assert_int_equal(schedule_slice(&capture, NOW + 29 * SECOND), 0);
}

static void what_waits_interrupts_it_and_it_goes_on(void **state)
{
	struct schedule_capture capture = schedule_capture_begin(30 * SECOND, NOW);
	struct schedule schedule = {.capture = &capture, .waiting = 2};

	(void)state;
	capture.since = NOW;
	assert_int_equal(schedule_interrupt_at(&schedule), NOW + SCHEDULE_SLICE_LEAST);
	schedule_slice_ended(&capture, SECOND, true);
	schedule_slice_done(&schedule);
	assert_int_equal(schedule_next(&schedule), SCHEDULE_COMMAND);
	schedule_command_began(&schedule);
	assert_int_equal(schedule_next(&schedule), SCHEDULE_COMMAND);
	schedule_command_began(&schedule);
	assert_int_equal(schedule_next(&schedule), SCHEDULE_CAPTURE);
	assert_int_equal(schedule_slice(&capture, NOW + 2 * SECOND), 29 * SECOND);
}

static void a_stream_of_commands_does_not_starve_a_capture(void **state)
{
	struct schedule_capture capture = schedule_capture_begin(30 * SECOND, NOW);
	struct schedule schedule = {.capture = &capture, .waiting = 1};

	(void)state;
	schedule_slice_done(&schedule);
	schedule_command_began(&schedule);
	schedule.waiting++;
	assert_int_equal(schedule_next(&schedule), SCHEDULE_CAPTURE);
	schedule.capture = NULL;
	assert_int_equal(schedule_next(&schedule), SCHEDULE_COMMAND);
}

static void whoever_waits_for_a_profile_has_it_before_giving_up(void **state)
{
	struct schedule_capture capture = schedule_capture_begin(10 * SECOND, NOW);
	uint64_t patience = 15 * SECOND + 5 * SECOND, end = NOW;

	(void)state;
	/* Nothing but other commands, each of which takes long. */
	while (schedule_slice(&capture, end)) {
		schedule_slice_ended(&capture, SCHEDULE_SLICE_LEAST, true);
		end += SCHEDULE_SLICE_LEAST + 2 * SECOND;
	}
	assert_true(end < NOW + patience);
	assert_true(capture.left > 0);
}

static void one_interrupted_before_it_began_has_all_its_time(void **state)
{
	struct schedule_capture capture = schedule_capture_begin(5 * SECOND, NOW);

	(void)state;
	schedule_slice_ended(&capture, 0, true);
	assert_int_equal(schedule_slice(&capture, NOW), 5 * SECOND);
}

static void nothing_is_to_be_done_where_nothing_is_asked(void **state)
{
	struct schedule schedule = {0};

	(void)state;
	assert_int_equal(schedule_next(&schedule), SCHEDULE_NOTHING);
	assert_int_equal(schedule_interrupt_at(&schedule), UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_capture_runs_whole_if_nothing_else_waits),
		cmocka_unit_test(one_that_ended_by_itself_early_is_over),
		cmocka_unit_test(what_waits_interrupts_it_and_it_goes_on),
		cmocka_unit_test(a_stream_of_commands_does_not_starve_a_capture),
		cmocka_unit_test(whoever_waits_for_a_profile_has_it_before_giving_up),
		cmocka_unit_test(one_interrupted_before_it_began_has_all_its_time),
		cmocka_unit_test(nothing_is_to_be_done_where_nothing_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
