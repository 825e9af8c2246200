#include "../base/test_support.h"

#include <linux/futex.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "arch/blocking_calls.h"

#define SECOND      1000000000ULL
#define MILLISECOND 1000000ULL

/* Memory that holds one time, and ends behind it. */
#define TIME_ADDRESS 0x5000

static struct timespec time_in_memory;

static size_t read_time(void *context, uint64_t address, void *buffer, size_t length)
{
	uint64_t offset = address - TIME_ADDRESS;

	(void)context;
	if (offset >= sizeof(time_in_memory))
		return 0;
	if (length > sizeof(time_in_memory) - offset)
		length = sizeof(time_in_memory) - offset;
	memcpy(buffer, (char *)&time_in_memory + offset, length);
	return length;
}

static const struct memory_reader reader = {read_time, NULL};

static uint64_t time_out(int64_t number, const uint64_t arguments[6])
{
	const struct blocking_call *call = blocking_call_find(number);

	assert_non_null(call);
	return blocking_call_time_out(call, arguments, &reader);
}

/* A call whose time lies in memory, and which argument points to it. */
struct pointed {
	int64_t number;
	int argument;
};

static const struct pointed pointed[] = {
	{SYS_recvmmsg, 4},
	{SYS_epoll_pwait2, 3},
	{SYS_rt_sigtimedwait, 2},
	{SYS_semtimedop, 3},
	{SYS_io_getevents, 4},
	{SYS_futex, 3}, /* FUTEX_WAIT is 0 */
	{SYS_nanosleep, 0},
	{SYS_clock_nanosleep, 2},
};

static void relative_times_are_read_from_memory(void **state)
{
	(void)state;
	time_in_memory = (struct timespec){3, 500000000};
	for (size_t i = 0; i < sizeof(pointed) / sizeof(pointed[0]); i++) {
		uint64_t arguments[6] = {0};

		assert_int_equal(time_out(pointed[i].number, arguments), 0); /* NULL: for ever */
		arguments[pointed[i].argument] = TIME_ADDRESS;
		assert_int_equal(time_out(pointed[i].number, arguments), 3 * SECOND + SECOND / 2);
		arguments[pointed[i].argument] = TIME_ADDRESS + 1;
		assert_int_equal(time_out(pointed[i].number, arguments), TIME_OUT_UNKNOWN);
		arguments[pointed[i].argument] = 0xdead0000;
		assert_int_equal(time_out(pointed[i].number, arguments), TIME_OUT_UNKNOWN);
	}
}

static void times_that_make_no_sense_are_unknown(void **state)
{
	static const struct {
		struct timespec time;
		uint64_t expected;
	} cases[] = {
		{{0, 0}, 0},
		{{0, 1}, 1},
		{{1000000000, 0}, 1000000000 * SECOND},
		{{1000000001, 0}, TIME_OUT_UNKNOWN},
		{{INT64_MAX, 0}, TIME_OUT_UNKNOWN},
		{{-1, 0}, TIME_OUT_UNKNOWN},
		{{2, -1}, TIME_OUT_UNKNOWN},
		{{0, 1000000000}, TIME_OUT_UNKNOWN},
		{{1, INT64_MAX}, TIME_OUT_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		time_in_memory = cases[i].time;
		assert_int_equal(
			time_out(SYS_nanosleep, (uint64_t[6]){TIME_ADDRESS}), cases[i].expected);
	}
}

static void milliseconds_are_of_32_bits(void **state)
{
	static const struct {
		uint64_t argument, expected;
	} cases[] = {
		{0, 0},
		{1, MILLISECOND},
		{10000, 10 * SECOND},
		{INT32_MAX, INT32_MAX * MILLISECOND},
		{UINT64_MAX, 0},
		{0xffffffff, 0}, /* -1 as an int, the upper half cleared */
		{0x80000000, 0},
		{0xabcd000000000005, 5 * MILLISECOND},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t third[6] = {9, 9, cases[i].argument, 9, 9, 9};
		uint64_t fourth[6] = {9, 9, 9, cases[i].argument, 9, 9};

		assert_int_equal(time_out(SYS_poll, third), cases[i].expected);
		assert_int_equal(time_out(SYS_epoll_wait, fourth), cases[i].expected);
		assert_int_equal(time_out(SYS_epoll_pwait, fourth), cases[i].expected);
	}
}

static uint64_t futex_time_out(uint64_t operation)
{
	return time_out(SYS_futex, (uint64_t[6]){0x1000, operation, 0, TIME_ADDRESS, 0, 0});
}

static void futex_operations_differ(void **state)
{
	(void)state;
	time_in_memory = (struct timespec){7, 0};
	assert_int_equal(futex_time_out(FUTEX_WAIT), 7 * SECOND);
	assert_int_equal(futex_time_out(FUTEX_WAIT_PRIVATE), 7 * SECOND);
	/* A point in time. */
	assert_int_equal(futex_time_out(FUTEX_WAIT_BITSET), 0);
	assert_int_equal(futex_time_out(FUTEX_WAIT_BITSET_PRIVATE), 0);
	assert_int_equal(futex_time_out(FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME), 0);
	/* Those that take part in priority inheritance are left alone. */
	assert_int_equal(futex_time_out(FUTEX_LOCK_PI), TIME_OUT_UNKNOWN);
	assert_int_equal(futex_time_out(FUTEX_LOCK_PI2_PRIVATE), TIME_OUT_UNKNOWN);
	assert_int_equal(futex_time_out(FUTEX_WAIT_REQUEUE_PI_PRIVATE), TIME_OUT_UNKNOWN);
	assert_int_equal(futex_time_out(FUTEX_CMP_REQUEUE), TIME_OUT_UNKNOWN);
}

static void an_absolute_sleep_has_no_time_to_start_over(void **state)
{
	(void)state;
	time_in_memory = (struct timespec){100, 0};
	assert_int_equal(
		time_out(SYS_clock_nanosleep, (uint64_t[6]){CLOCK_MONOTONIC, 0, TIME_ADDRESS}),
		100 * SECOND);
	assert_int_equal(time_out(SYS_clock_nanosleep,
				 (uint64_t[6]){CLOCK_MONOTONIC, TIMER_ABSTIME, TIME_ADDRESS}),
		0);
}

/* A socket's own time-outs cannot be seen from outside. */
static void some_times_cannot_be_known(void **state)
{
	(void)state;
	assert_int_equal(time_out(SYS_connect, (uint64_t[6]){3}), TIME_OUT_UNKNOWN);
	assert_int_equal(time_out(SYS_io_uring_enter, (uint64_t[6]){3}), TIME_OUT_UNKNOWN);
}

struct known {
	int64_t number;
	const char *name;
	bool fails;
};

static const struct known known[] = {
	{SYS_read, "read", true},
	{SYS_accept4, "accept4", true},
	{SYS_recvfrom, "recvfrom", true},
	{SYS_epoll_wait, "epoll_wait", true},
	{SYS_epoll_pwait, "epoll_pwait", true},
	{SYS_rt_sigtimedwait, "rt_sigtimedwait", true},
	{SYS_semop, "semop", true},
	{SYS_io_getevents, "io_getevents", true},
	{SYS_poll, "poll", false},
	{SYS_ppoll, "ppoll", false},
	{SYS_select, "select", false},
	{SYS_pselect6, "pselect6", false},
	{SYS_futex, "futex", false},
	{SYS_pause, "pause", false},
	{SYS_wait4, "wait4", false},
	{SYS_waitid, "waitid", false},
	{SYS_flock, "flock", false},
	{SYS_rt_sigsuspend, "rt_sigsuspend", false},
};

static void calls_are_known_by_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct blocking_call *call = blocking_call_find(known[i].number);

		assert_non_null(call);
		assert_int_equal(call->number, known[i].number);
		assert_string_equal(call->name, known[i].name);
		assert_int_equal(call->fails, known[i].fails);
	}
	assert_null(blocking_call_find(-1));
	assert_null(blocking_call_find(SYS_getpid));
	assert_null(blocking_call_find(SYS_vfork));
	assert_null(blocking_call_find(SYS_execve));
	assert_null(blocking_call_find(SYS_restart_syscall));
	assert_null(blocking_call_find(INT64_MAX));
}

/* The kernel keeps the time left up to date in the program's own memory, or there is none. */
static void the_others_have_no_time_to_start_over(void **state)
{
	static const int64_t numbers[] = {SYS_read, SYS_accept, SYS_semop, SYS_ppoll, SYS_select,
		SYS_pselect6, SYS_pause, SYS_wait4, SYS_msgrcv, SYS_flock, SYS_rt_sigsuspend};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		assert_int_equal(
			time_out(numbers[i], (uint64_t[6]){TIME_ADDRESS, TIME_ADDRESS, TIME_ADDRESS,
						     TIME_ADDRESS, TIME_ADDRESS, TIME_ADDRESS}),
			0);
}

/* What a stop finds half done returns short to the program. */
static void what_may_be_half_done_is_not_to_be_entered_again(void **state)
{
	static const int64_t numbers[] = {SYS_write, SYS_writev, SYS_sendto, SYS_sendmsg};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		assert_true(time_out(numbers[i], (uint64_t[6]){0}) == TIME_OUT_UNKNOWN);
	assert_int_equal(time_out(SYS_recvfrom, (uint64_t[6]){0}), 0);
	assert_int_equal(time_out(SYS_recvmsg, (uint64_t[6]){0}), 0);
	assert_true(time_out(SYS_recvfrom, (uint64_t[6]){[3] = MSG_WAITALL}) == TIME_OUT_UNKNOWN);
	assert_true(time_out(SYS_recvmsg, (uint64_t[6]){[2] = MSG_WAITALL}) == TIME_OUT_UNKNOWN);
}

static void what_is_left_of_a_time_replaces_it(void **state)
{
	const uint64_t arguments[6] = {1, 2, 3, 4, 5, 6};
	const struct blocking_call *poll = blocking_call_find(SYS_poll);
	const struct blocking_call *sleep = blocking_call_find(SYS_nanosleep);
	struct time_left left = time_left_of(poll, arguments, 2 * MILLISECOND + 1, 0);

	(void)state;
	assert_true(left.replaces);
	assert_int_equal(left.system_call, SYS_poll);
	assert_int_equal(left.argument, 2);
	assert_int_equal(left.value, 3); /* never early */
	assert_int_equal(left.scratch, 0);
	left = time_left_of(sleep, arguments, 5 * SECOND + 7, 0x1000);
	assert_true(left.replaces);
	assert_int_equal(left.argument, 0);
	assert_int_equal(left.value, 0x1000);
	assert_int_equal(left.scratch, 0x1000);
	assert_int_equal(left.timespec[0], 5);
	assert_int_equal(left.timespec[1], 7);
	assert_false(time_left_of(sleep, arguments, SECOND, 0).replaces);
	assert_false(
		time_left_of(blocking_call_find(SYS_recvmmsg), arguments, SECOND, 0x1000).replaces);
}

/* A thread that has moved on meanwhile goes on with what it has. */
static void it_concerns_that_call_alone(void **state)
{
	const uint64_t arguments[6] = {1, 2, 3, 4, 5, 6};
	const struct raw_registers same = {.user = {.orig_rax = SYS_poll,
						   .rax = (uint64_t)-516,
						   .rdi = 1,
						   .rsi = 2,
						   .rdx = 3,
						   .r10 = 4,
						   .r8 = 5,
						   .r9 = 6}};
	struct time_left left = time_left_of(blocking_call_find(SYS_poll), arguments, SECOND, 0);
	struct raw_registers other = same;

	(void)state;
	assert_true(time_left_concerns(&left, &same));
	other.user.r9 = 7;
	assert_false(time_left_concerns(&left, &other));
	other = same;
	other.user.orig_rax = SYS_read;
	assert_false(time_left_concerns(&left, &other));
	other = same;
	other.user.rax = 0;
	assert_false(time_left_concerns(&left, &other));
	left.replaces = false;
	assert_false(time_left_concerns(&left, &same));
}

static void a_stop_writes_what_is_left(void **state)
{
	static const struct pointed written[] = {{SYS_nanosleep, 1}, {SYS_clock_nanosleep, 3},
		{SYS_ppoll, 2}, {SYS_select, 4}, {SYS_pselect6, 4}, {SYS_recvmmsg, 4}};
	const uint64_t arguments[6] = {100, 101, 102, 103, 104, 105};

	(void)state;
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++)
		assert_int_equal(
			blocking_call_written(blocking_call_find(written[i].number), arguments),
			100 + written[i].argument);
	assert_int_equal(blocking_call_written(blocking_call_find(SYS_read), arguments), 0);
	assert_int_equal(blocking_call_written(blocking_call_find(SYS_poll), arguments), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left_of_a_time_replaces_it),
		cmocka_unit_test(it_concerns_that_call_alone),
		cmocka_unit_test(a_stop_writes_what_is_left),
		cmocka_unit_test(relative_times_are_read_from_memory),
		cmocka_unit_test(times_that_make_no_sense_are_unknown),
		cmocka_unit_test(milliseconds_are_of_32_bits),
		cmocka_unit_test(futex_operations_differ),
		cmocka_unit_test(an_absolute_sleep_has_no_time_to_start_over),
		cmocka_unit_test(some_times_cannot_be_known),
		cmocka_unit_test(calls_are_known_by_number),
		cmocka_unit_test(the_others_have_no_time_to_start_over),
		cmocka_unit_test(what_may_be_half_done_is_not_to_be_entered_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
