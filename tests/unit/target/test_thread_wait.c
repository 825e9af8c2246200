#include "../base/test_support.h"

#include <linux/futex.h>
#include <sys/syscall.h>

#include "base/array.h"
#include "waiting_process.h"

#define MARGIN (50 * NANOSECONDS_PER_MICROSECOND)

static void a_wait_is_that_of_its_system_call(void **state)
{
	static const struct thread_status status = {.system_call = SYS_wait4,
		.arguments = {1, 2, 3, 4, 5, UINT64_MAX},
		.sleeps = 17,
		.program_counter = CODE_END};
	struct thread_wait wait;

	(void)state;
	memcpy(process.code, "\xb8\x07\x00\x00\x00\x0f\x05", sizeof(process.code)); /* poll */
	wait = find_plain_wait(&status);
	assert_wait_in(&wait, "wait4");
	assert_false(wait.restarted);
	assert_memory_equal(wait.arguments, status.arguments, sizeof(wait.arguments));
	assert_int_equal(wait.sleeps, 17);
	assert_false(wait.timed);
	assert_false(wait.known);
	assert_int_equal(wait.time_out, 0);
	assert_int_equal(wait.deadline, 0);
	assert_int_equal(process.asked, 0);
}

static void what_is_not_known_to_wait_is_no_wait(void **state)
{
	static const int64_t numbers[] = {-1, SYS_getpid, SYS_ioctl, 100000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const struct thread_status status = {
			.system_call = numbers[i], .arguments = {9}, .sleeps = 3};
		struct thread_wait wait = find_plain_wait(&status);

		assert_null(wait.call);
		assert_false(wait.restarted);
		assert_false(wait.timed);
		assert_int_equal(wait.arguments[0], 9);
		assert_int_equal(wait.sleeps, 3);
	}
	assert_int_equal(process.asked, 0);
}

/* Each is to wait 60 s. */
static const struct thread_status relative[] = {
	{.system_call = SYS_poll, .arguments = {0, 0, 60000}},
	{.system_call = SYS_epoll_wait, .arguments = {0, 0, 0, 60000}},
	{.system_call = SYS_nanosleep, .arguments = {TIME_ADDRESS}},
	{.system_call = SYS_clock_nanosleep, .arguments = {0, 0, TIME_ADDRESS}},
	{.system_call = SYS_futex, .arguments = {0, FUTEX_WAIT_PRIVATE, 0, TIME_ADDRESS}},
	{.system_call = SYS_recvmmsg, .arguments = {0, 0, 0, 0, TIME_ADDRESS}},
};

static void a_relative_time_out_ends_at_a_known_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(relative); i++) {
		struct thread_wait wait;

		process.slept = SECONDS(20) + 3;
		process.asked = 0;
		wait = find_plain_wait(&relative[i]);
		assert_int_equal(process.asked, THREAD);
		assert_true(wait.timed);
		assert_true(wait.known);
		assert_int_equal(wait.time_out, SECONDS(60));
		assert_int_equal(wait.deadline, process.now + SECONDS(40) - 3);
	}
}

static void a_time_out_that_should_be_over_ends_now(void **state)
{
	static const uint64_t slept[] = {SECONDS(60), SECONDS(60) + 1, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(slept); i++) {
		process.slept = slept[i];
		struct thread_wait wait = find_plain_wait(&relative[0]);

		assert_true(wait.known);
		assert_int_equal(wait.deadline, process.now);
	}
	process.slept = SECONDS(60) - 1;
	assert_int_equal(find_plain_wait(&relative[0]).deadline, process.now + 1);
}

/* Then it has all of its time still to go, at most. */
static void a_sleep_of_unknown_length_is_not_known(void **state)
{
	struct thread_wait wait;

	(void)state;
	process.slept = 0;
	wait = find_plain_wait(&relative[0]);
	assert_true(wait.timed);
	assert_false(wait.known);
	assert_int_equal(wait.deadline, process.now + SECONDS(60));
}

/* The thread has slept on while it was asked. */
static void the_deadline_counts_from_after_the_question(void **state)
{
	(void)state;
	process.slept = SECONDS(10);
	process.asking_takes = SECONDS(3);
	assert_int_equal(find_plain_wait(&relative[0]).deadline, SECONDS(1000 + 3 + 50));
}

static void what_does_not_start_over_has_no_deadline(void **state)
{
	static const struct thread_status untimed[] = {
		{.system_call = SYS_poll, .arguments = {0, 0, UINT64_MAX}},
		{.system_call = SYS_nanosleep, .arguments = {0}},
		{.system_call = SYS_clock_nanosleep, .arguments = {0, TIMER_ABSTIME, TIME_ADDRESS}},
		{.system_call = SYS_futex, .arguments = {0, FUTEX_WAIT_BITSET, 0, TIME_ADDRESS}},
		{.system_call = SYS_ppoll, .arguments = {0, 0, TIME_ADDRESS}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(untimed); i++) {
		struct thread_wait wait = find_plain_wait(&untimed[i]);

		assert_non_null(wait.call);
		assert_int_equal(wait.time_out, 0);
		assert_false(wait.timed);
		assert_false(wait.known);
		assert_int_equal(wait.deadline, 0);
	}
	assert_int_equal(process.asked, 0);
}

static void a_time_out_that_cannot_be_told_has_no_deadline(void **state)
{
	static const struct thread_status unknown[] = {
		{.system_call = SYS_write, .arguments = {1, TIME_ADDRESS, 16}},
		{.system_call = SYS_futex, .arguments = {0, FUTEX_LOCK_PI}},
		{.system_call = SYS_nanosleep, .arguments = {TIME_ADDRESS + 8}},
		{.system_call = SYS_nanosleep, .arguments = {SCRATCH}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
		struct thread_wait wait = find_plain_wait(&unknown[i]);

		assert_non_null(wait.call);
		assert_true(wait.time_out == TIME_OUT_UNKNOWN);
		assert_false(wait.timed);
		assert_false(wait.known);
		assert_int_equal(wait.deadline, 0);
	}
	assert_int_equal(process.asked, 0);
}

/* Of which that much is left. */
static struct thread_wait wait_of(const struct thread_status *status, uint64_t left)
{
	struct thread_wait wait = find_plain_wait(status);

	wait.sleeps = 23;
	wait.deadline = process.now + left;
	return wait;
}

static void milliseconds_are_rounded_up(void **state)
{
	static const struct {
		uint64_t left, milliseconds;
	} rows[] = {{0, 1}, {1, 1}, {NANOSECONDS_PER_MILLISECOND - MARGIN - 1, 1},
		{NANOSECONDS_PER_MILLISECOND - MARGIN, 2}, {SECONDS(7), 7001}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct thread_wait wait = wait_of(&relative[1], rows[i].left);
		struct time_left left = thread_wait_left(&wait, SCRATCH);

		assert_true(left.replaces);
		assert_int_equal(left.system_call, SYS_epoll_wait);
		assert_memory_equal(left.arguments, wait.arguments, sizeof(left.arguments));
		assert_int_equal(left.sleeps, 23);
		assert_int_equal(left.until, process.now + rows[i].left);
		assert_int_equal(left.argument, 3);
		assert_int_equal(left.value, rows[i].milliseconds);
		assert_int_equal(left.scratch, 0);
	}
}

static void a_timespec_lies_in_the_scratch_memory(void **state)
{
	struct thread_wait wait;
	struct time_left left;

	(void)state;
	wait = wait_of(&relative[4], SECONDS(7) + 999999999);
	left = thread_wait_left(&wait, SCRATCH);
	assert_true(left.replaces);
	assert_int_equal(left.system_call, SYS_futex);
	assert_memory_equal(left.arguments, wait.arguments, sizeof(left.arguments));
	assert_int_equal(left.sleeps, 23);
	assert_int_equal(left.argument, 3);
	assert_int_equal(left.value, SCRATCH);
	assert_int_equal(left.scratch, SCRATCH);
	assert_int_equal(left.timespec[0], 8);
	assert_int_equal(left.timespec[1], MARGIN - 1);
	assert_false(thread_wait_left(&wait, 0).replaces);
}

static void a_passed_deadline_leaves_the_margin(void **state)
{
	struct thread_wait wait = wait_of(&relative[2], 0);

	(void)state;
	for (int i = 0; i < 2; i++, process.now += SECONDS(100)) {
		struct time_left left = thread_wait_left(&wait, SCRATCH);

		assert_true(left.replaces);
		assert_int_equal(left.argument, 0);
		assert_int_equal(left.timespec[0], 0);
		assert_int_equal(left.timespec[1], MARGIN);
	}
}

/* The time goes on between the look and the plan. */
static void what_is_left_becomes_less(void **state)
{
	struct thread_wait wait = wait_of(&relative[2], SECONDS(30));

	(void)state;
	process.now += SECONDS(12);
	assert_int_equal(thread_wait_left(&wait, SCRATCH).timespec[0], 18);
	assert_int_equal(thread_wait_left(&wait, SCRATCH).timespec[1], MARGIN);
}

/* It is never made longer. */
static void a_wait_that_has_just_begun_stays_as_it_is(void **state)
{
	static const struct time_left nothing;
	struct thread_wait wait = wait_of(&relative[2], SECONDS(60) - MARGIN);
	struct time_left left = thread_wait_left(&wait, SCRATCH);

	(void)state;
	assert_memory_equal(&left, &nothing, sizeof(left));
	wait.deadline--;
	left = thread_wait_left(&wait, SCRATCH);
	assert_true(left.replaces);
	assert_int_equal(left.timespec[0], 59);
	assert_int_equal(left.timespec[1], 999999999);
}

static void what_has_no_relative_time_out_stays_as_it_is(void **state)
{
	static const struct thread_status absolute = {
		.system_call = SYS_clock_nanosleep, .arguments = {0, TIMER_ABSTIME, TIME_ADDRESS}};
	static const struct thread_status unknown = {
		.system_call = SYS_nanosleep, .arguments = {SCRATCH}};
	struct thread_wait wait = find_plain_wait(&absolute);

	(void)state;
	assert_false(thread_wait_left(&wait, SCRATCH).replaces);
	wait = find_plain_wait(&unknown);
	assert_false(thread_wait_left(&wait, SCRATCH).replaces);
	/* recvmmsg(2): one that is not the caller's to change. */
	wait = wait_of(&relative[5], SECONDS(1));
	assert_false(thread_wait_left(&wait, SCRATCH).replaces);
	wait = (struct thread_wait){0};
	assert_false(thread_wait_left(&wait, SCRATCH).replaces);
}

/* SO_RCVTIMEO is no argument, and starts over. */
static void a_socket_may_limit_the_time_of_its_receiver(void **state)
{
	static const int64_t receiving[] = {SYS_read, SYS_readv, SYS_accept, SYS_accept4,
		SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg};

	(void)state;
	process.receive_time_out = SECONDS(20);
	for (size_t i = 0; i < ARRAY_SIZE(receiving); i++) {
		struct thread_status status = {.system_call = receiving[i], .arguments = {SOCKET}};
		struct thread_wait wait = find_plain_wait(&status);

		assert_true(wait.timed);
		assert_int_equal(wait.time_out, SECONDS(20));
		assert_true(thread_wait_shows_stop(&wait));
		assert_false(thread_wait_left(&wait, SCRATCH).replaces);
		status.arguments[0] = SOCKET + 1;
		wait = find_plain_wait(&status);
		assert_false(wait.timed);
		assert_false(thread_wait_shows_stop(&wait));
	}
}

static void what_a_stop_would_show_is_known_before(void **state)
{
	struct thread_wait wait = wait_of(&relative[0], SECONDS(1));

	(void)state;
	assert_false(thread_wait_shows_stop(&wait));
	wait.known = false;
	assert_true(thread_wait_shows_stop(&wait));
	wait = wait_of(&relative[2], SECONDS(1));
	assert_true(thread_wait_shows_stop(&wait));
	wait.time_out = TIME_OUT_UNKNOWN;
	wait.timed = false;
	assert_true(thread_wait_shows_stop(&wait));
	wait = (struct thread_wait){0};
	assert_true(thread_wait_shows_stop(&wait));
}

/* By the time of the stop it may be another one. */
static void a_wait_that_ends_soon_is_left_alone(void **state)
{
	static const struct thread_status short_wait = {
		.system_call = SYS_epoll_wait, .arguments = {0, 0, 0, 8}};
	struct thread_wait wait = wait_of(&relative[1], 5 * NANOSECONDS_PER_MILLISECOND);

	(void)state;
	assert_false(thread_wait_shows_stop(&wait));
	wait.deadline--;
	assert_true(thread_wait_shows_stop(&wait));
	process.now += SECONDS(1);
	assert_true(thread_wait_shows_stop(&wait));
	wait = wait_of(&short_wait, 2 * NANOSECONDS_PER_MILLISECOND);
	assert_false(thread_wait_shows_stop(&wait));
	process.now++;
	assert_true(thread_wait_shows_stop(&wait));
}

#define WITH_PROCESS(test) cmocka_unit_test_setup(test, waiting_process_set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PROCESS(a_wait_is_that_of_its_system_call),
		WITH_PROCESS(what_is_not_known_to_wait_is_no_wait),
		WITH_PROCESS(a_relative_time_out_ends_at_a_known_time),
		WITH_PROCESS(a_time_out_that_should_be_over_ends_now),
		WITH_PROCESS(a_sleep_of_unknown_length_is_not_known),
		WITH_PROCESS(the_deadline_counts_from_after_the_question),
		WITH_PROCESS(what_does_not_start_over_has_no_deadline),
		WITH_PROCESS(a_time_out_that_cannot_be_told_has_no_deadline),
		WITH_PROCESS(milliseconds_are_rounded_up),
		WITH_PROCESS(a_timespec_lies_in_the_scratch_memory),
		WITH_PROCESS(a_passed_deadline_leaves_the_margin),
		WITH_PROCESS(what_is_left_becomes_less),
		WITH_PROCESS(a_wait_that_has_just_begun_stays_as_it_is),
		WITH_PROCESS(what_has_no_relative_time_out_stays_as_it_is),
		WITH_PROCESS(a_socket_may_limit_the_time_of_its_receiver),
		WITH_PROCESS(what_a_stop_would_show_is_known_before),
		WITH_PROCESS(a_wait_that_ends_soon_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
