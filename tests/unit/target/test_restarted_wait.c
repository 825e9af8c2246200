#include "../base/test_support.h"

#include <sys/syscall.h>

#include "base/array.h"
#include "waiting_process.h"

#define FORGOTTEN SECONDS(5)

/* After a stop of poll(2) with 60 s. */
static const struct thread_status restarted = {
	.system_call = SYS_restart_syscall,
	.arguments = {1, 2, 60000, 4, 5, 6},
	.sleeps = 8,
	.program_counter = CODE_END,
};

static void set_code(const char *code)
{
	memcpy(process.code, code, sizeof(process.code));
}

static void the_code_tells_what_was_restarted(void **state)
{
	struct thread_wait wait;

	(void)state;
	set_code("\xb8\x07\x00\x00\x00\x0f\x05"); /* mov $7, %eax; syscall */
	process.slept = SECONDS(2);
	wait = find_plain_wait(&restarted);
	assert_wait_in(&wait, "poll");
	assert_true(wait.restarted);
	assert_memory_equal(wait.arguments, restarted.arguments, sizeof(wait.arguments));
	assert_int_equal(wait.sleeps, 8);
	assert_true(wait.timed);
	assert_false(wait.known); /* it began before the stop */
	assert_int_equal(wait.time_out, SECONDS(60));
	assert_int_equal(wait.deadline, process.now + SECONDS(58));
	set_code("\xb8\xe6\x00\x00\x00\x0f\x05"); /* 230 */
	wait = find_plain_wait(&restarted);
	assert_wait_in(&wait, "clock_nanosleep");
}

static int64_t shown(const char *code, int64_t system_call)
{
	set_code(code);
	return thread_wait_system_call(&process.target, system_call, CODE_END);
}

static void a_restarted_call_is_shown_as_the_program_made_it(void **state)
{
	/* epoll_wait, ppoll, pause, getpid are not restarted so; the last is not to be seen. */
	static const char *const others[] = {
		"\xb8\xe8\x00\x00\x00\x0f\x05",
		"\xb8\x0f\x01\x00\x00\x0f\x05",
		"\xb8\x22\x00\x00\x00\x0f\x05",
		"\xb8\x27\x00\x00\x00\x0f\x05",
		"\x90\x90\x90\x89\xf8\x0f\x05",
	};

	(void)state;
	assert_int_equal(shown("\xb8\x07\x00\x00\x00\x0f\x05", SYS_restart_syscall), SYS_poll);
	assert_int_equal(shown("\xb8\xca\x00\x00\x00\x0f\x05", SYS_restart_syscall), SYS_futex);
	assert_int_equal(shown("\xb8\x23\x00\x00\x00\x0f\x05", SYS_restart_syscall), SYS_nanosleep);
	assert_int_equal(
		shown("\xb8\xe6\x00\x00\x00\x0f\x05", SYS_restart_syscall), SYS_clock_nanosleep);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(shown(others[i], SYS_restart_syscall), SYS_restart_syscall);
	assert_int_equal(shown("\xb8\x07\x00\x00\x00\x0f\x05", SYS_read), SYS_read);
	assert_int_equal(shown("\xb8\x07\x00\x00\x00\x0f\x05", -1), -1);
}

static void remember(
	struct thread_waits *waits, pid_t thread, int64_t number, const uint64_t arguments[6])
{
	struct thread_wait wait = {.call = blocking_call_find(number)};

	memcpy(wait.arguments, arguments, sizeof(wait.arguments));
	thread_wait_remember(waits, thread, &wait);
}

static void the_code_counts_more_than_memory(void **state)
{
	struct thread_waits waits = {0};
	struct thread_wait wait;

	(void)state;
	remember(&waits, THREAD, SYS_epoll_wait, restarted.arguments);
	set_code("\xb8\x07\x00\x00\x00\x0f\x05");
	wait = find_wait(&restarted, &waits);
	assert_wait_in(&wait, "poll");
	/* Also where it is a call that never waits: 39. */
	set_code("\xb8\x27\x00\x00\x00\x0f\x05");
	wait = find_wait(&restarted, &waits);
	assert_null(wait.call);
	assert_true(wait.restarted);
	set_code("\xb8\xff\xff\xff\xff\x0f\x05");
	assert_null(find_wait(&restarted, &waits).call);
}

static void other_code_leaves_it_to_memory(void **state)
{
	static const char *const codes[] = {
		"\xb9\x07\x00\x00\x00\x0f\x05",                                 /* mov $7, %ecx */
		"\xb8\x07\x00\x00\x00\x0e\x05", "\xb8\x07\x00\x00\x00\x0f\x34", /* sysenter */
		"\x90\x90\x90\x89\xf8\x0f\x05", /* mov %edi, %eax, as in syscall(3) */
	};
	struct thread_waits waits = {0};
	struct thread_wait wait;

	(void)state;
	remember(&waits, THREAD, SYS_epoll_wait, restarted.arguments);
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		set_code(codes[i]);
		wait = find_plain_wait(&restarted);
		assert_null(wait.call);
		assert_true(wait.restarted);
		assert_false(wait.timed);
		wait = find_wait(&restarted, &waits);
		assert_wait_in(&wait, "epoll_wait");
		assert_true(wait.restarted);
	}
}

static void unreadable_code_leaves_it_to_memory(void **state)
{
	struct thread_status moved = restarted;
	struct thread_waits waits = {0};
	struct thread_wait wait;

	(void)state;
	remember(&waits, THREAD, SYS_epoll_wait, restarted.arguments);
	set_code("\xb8\x07\x00\x00\x00\x0f\x05");
	moved.program_counter = SCRATCH;
	wait = find_wait(&moved, &waits);
	assert_wait_in(&wait, "epoll_wait");
	/* Only the rest of it can be read, which looks the same. */
	moved.program_counter = CODE_END + 1;
	set_code("\x90\xb8\x07\x00\x00\x00\x0f");
	wait = find_wait(&moved, &waits);
	assert_wait_in(&wait, "epoll_wait");
	moved.program_counter = 3;
	wait = find_wait(&moved, &waits);
	assert_wait_in(&wait, "epoll_wait");
}

/* Of another thread, or with other arguments. */
static void other_waits_are_not_taken_for_it(void **state)
{
	struct thread_waits waits = {0};

	(void)state;
	remember(&waits, THREAD + 1, SYS_poll, restarted.arguments);
	for (size_t i = 0; i < 6; i++) {
		uint64_t arguments[6];

		memcpy(arguments, restarted.arguments, sizeof(arguments));
		arguments[i]++;
		remember(&waits, THREAD, SYS_poll, arguments);
	}
	assert_null(find_wait(&restarted, &waits).call);
	remember(&waits, THREAD, SYS_poll, restarted.arguments);
	assert_non_null(find_wait(&restarted, &waits).call);
}

static void waits_are_forgotten_after_a_while(void **state)
{
	struct thread_waits waits = {0};

	(void)state;
	remember(&waits, THREAD, SYS_poll, restarted.arguments);
	process.now += FORGOTTEN - 1;
	assert_non_null(find_wait(&restarted, &waits).call);
	process.now++;
	assert_null(find_wait(&restarted, &waits).call);
}

static void so_many_waits_are_remembered(void **state)
{
	struct thread_waits waits = {0};

	(void)state;
	for (size_t start = 0; start < THREAD_WAITS_MAX; start += 21) {
		waits.next = start;
		remember(&waits, THREAD, SYS_poll, restarted.arguments);
		for (size_t i = 1; i < THREAD_WAITS_MAX; i++) {
			remember(&waits, THREAD + 1, SYS_poll, restarted.arguments);
			assert_non_null(find_wait(&restarted, &waits).call);
		}
		remember(&waits, THREAD + 1, SYS_poll, restarted.arguments);
		assert_null(find_wait(&restarted, &waits).call);
	}
}

/* Of calls with the same arguments, with so many waits of others in between. */
static void assert_last_is_found(size_t start, size_t between)
{
	struct thread_waits waits = {.next = start};
	struct thread_wait wait;

	remember(&waits, THREAD, SYS_epoll_wait, restarted.arguments);
	for (size_t i = 0; i < between; i++)
		remember(&waits, THREAD + 1, SYS_epoll_wait, restarted.arguments);
	remember(&waits, THREAD, SYS_poll, restarted.arguments);
	wait = find_wait(&restarted, &waits);
	assert_wait_in(&wait, "poll");
}

static void the_last_wait_is_the_one(void **state)
{
	(void)state;
	for (size_t start = 0; start < THREAD_WAITS_MAX; start++) {
		assert_last_is_found(start, 0);
		assert_last_is_found(start, THREAD_WAITS_MAX - 2);
	}
}

/* Remembers poll(2) with 60 s as it was 20 s after its beginning, before it was stopped. */
static struct thread_wait remember_poll(struct thread_waits *waits)
{
	struct thread_status status = restarted;
	struct thread_wait wait;

	status.system_call = SYS_poll;
	process.slept = SECONDS(20);
	wait = find_plain_wait(&status);
	thread_wait_remember(waits, THREAD, &wait);
	process.now += SECONDS(3);
	process.slept = SECONDS(1);
	return wait;
}

static void a_stop_does_not_put_off_the_deadline(void **state)
{
	static const char *const codes[] = {
		"\xb8\x07\x00\x00\x00\x0f\x05", "\x90\x90\x90\x90\x90\x90\x90"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		struct thread_waits waits = {0};
		struct thread_wait first = remember_poll(&waits);
		struct thread_status status = restarted;

		set_code(codes[i]);
		for (int stops = 0; stops < 3; stops++, process.now += SECONDS(4)) {
			status.sleeps += 2;
			struct thread_wait wait = find_wait(&status, &waits);

			assert_wait_in(&wait, "poll");
			assert_true(wait.restarted);
			assert_true(wait.timed);
			assert_true(wait.known);
			assert_int_equal(wait.time_out, SECONDS(60));
			assert_int_equal(wait.deadline, first.deadline);
			thread_wait_remember(&waits, THREAD, &wait);
		}
	}
}

static void assert_not_known(const struct thread_wait *wait)
{
	assert_true(wait->timed);
	assert_false(wait->known);
	assert_int_equal(wait->deadline, process.now + SECONDS(59));
}

/* It has been elsewhere since, or was stopped once more by somebody else. */
static void a_wait_of_other_sleeps_is_not_the_remembered_one(void **state)
{
	struct thread_waits waits = {0};

	(void)state;
	remember_poll(&waits);
	for (uint64_t sleeps = 0; sleeps < 6; sleeps++) {
		struct thread_status status = restarted;
		struct thread_wait wait;

		status.sleeps += sleeps;
		wait = find_wait(&status, &waits);
		if (sleeps == 2)
			assert_true(wait.known);
		else
			assert_not_known(&wait);
	}
}

static void what_was_not_known_before_a_stop_is_not_known_after_it(void **state)
{
	struct thread_status status = restarted;
	struct thread_waits waits = {0};
	struct thread_wait wait = remember_poll(&waits);

	(void)state;
	status.sleeps += 2;
	process.now += FORGOTTEN;
	wait = find_plain_wait(&status);
	assert_null(wait.call);
	set_code("\xb8\x07\x00\x00\x00\x0f\x05");
	wait = find_wait(&status, &waits);
	assert_not_known(&wait);
	wait = remember_poll(&waits);
	wait.known = false;
	thread_wait_remember(&waits, THREAD, &wait);
	wait = find_wait(&status, &waits);
	assert_not_known(&wait);
	wait = remember_poll(&waits);
	set_code("\xb8\xe8\x00\x00\x00\x0f\x05"); /* 232: epoll_wait */
	status.arguments[3] = 60000;
	memcpy(wait.arguments, status.arguments, sizeof(wait.arguments));
	thread_wait_remember(&waits, THREAD, &wait);
	wait = find_wait(&status, &waits);
	assert_wait_in(&wait, "epoll_wait");
	assert_not_known(&wait);
}

static void a_restarted_wait_without_time_out_has_no_deadline(void **state)
{
	struct thread_status status = restarted;
	struct thread_waits waits = {0};
	struct thread_wait wait = remember_poll(&waits);

	(void)state;
	status.sleeps += 2;
	status.arguments[2] = UINT64_MAX;
	memcpy(wait.arguments, status.arguments, sizeof(wait.arguments));
	thread_wait_remember(&waits, THREAD, &wait);
	wait = find_wait(&status, &waits);
	assert_wait_in(&wait, "poll");
	assert_false(wait.timed);
	assert_false(wait.known);
	assert_int_equal(wait.deadline, 0);
}

#define WITH_PROCESS(test) cmocka_unit_test_setup(test, waiting_process_set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PROCESS(the_code_tells_what_was_restarted),
		WITH_PROCESS(a_restarted_call_is_shown_as_the_program_made_it),
		WITH_PROCESS(the_code_counts_more_than_memory),
		WITH_PROCESS(other_code_leaves_it_to_memory),
		WITH_PROCESS(unreadable_code_leaves_it_to_memory),
		WITH_PROCESS(other_waits_are_not_taken_for_it),
		WITH_PROCESS(waits_are_forgotten_after_a_while),
		WITH_PROCESS(so_many_waits_are_remembered),
		WITH_PROCESS(the_last_wait_is_the_one),
		WITH_PROCESS(a_stop_does_not_put_off_the_deadline),
		WITH_PROCESS(a_wait_of_other_sleeps_is_not_the_remembered_one),
		WITH_PROCESS(what_was_not_known_before_a_stop_is_not_known_after_it),
		WITH_PROCESS(a_restarted_wait_without_time_out_has_no_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
