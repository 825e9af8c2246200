#include "../base/test_support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "target/proc.h"

/* Bytes of their own size, so that a step beyond them is seen. */
static struct cursor text_of(const char *text, size_t length, char **ret_copy)
{
	*ret_copy = malloc(length);
	memcpy(*ret_copy, text, length);
	return cursor_over(*ret_copy, length);
}

static bool parse_stat(const char *text, struct proc_stat *ret)
{
	char *copy;
	bool valid = proc_parse_stat(text_of(text, strlen(text), &copy), ret);

	free(copy);
	return valid;
}

/* As Linux 6.18 writes it. */
#define STAT_REST                                                                                  \
	" S 4 5 6 34816 -1 4194560 1210 0 7 0 11 22 33 44 -20 -1 9 0 777 1024000 128 "             \
	"18446744073709551615 1 1 0 0 0 0 65536 3670020 1266777851 0 0 0 17 3 99 98 0 0 0 0 0 0 "  \
	"0 0 0 0 0\n"

static void assert_stat(const char *text, const char *name)
{
	struct proc_stat stat;

	assert_true(parse_stat(text, &stat));
	assert_int_equal(stat.id, 321);
	assert_string_equal(stat.name, name);
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.flags, 4194560);
	assert_int_equal(stat.user_time, 11);
	assert_int_equal(stat.system_time, 22);
	assert_int_equal(stat.start_time, 777);
	assert_int_equal(stat.processor, 3);
}

static void names_may_hold_anything(void **state)
{
	(void)state;
	assert_stat("321 (server)" STAT_REST, "server");
	assert_stat("321 (tmux: server)" STAT_REST, "tmux: server");
	assert_stat("321 ((sd-pam))" STAT_REST, "(sd-pam)");
	assert_stat("321 (a) R 1 2 (b)" STAT_REST, "a) R 1 2 (b");
	assert_stat("321 ())" STAT_REST, ")");
	assert_stat("321 ()" STAT_REST, "");
	assert_stat("321 ( )" STAT_REST, " ");
	assert_stat("321 (a\nb)" STAT_REST, "a\nb");
	assert_stat("321 (kworker/u17:3-events_unbound)" STAT_REST, "kworker/u17:3-e");
}

/* At each place where the text may end before its 39th field does, and some wrong ones. */
static void a_stat_that_ends_early_is_refused(void **state)
{
	static const char whole[] = "321 (a) b)" STAT_REST;
	size_t needed = (size_t)(strstr(whole, " 17 3 99") - whole) + strlen(" 17 ");
	struct proc_stat stat = {.id = 77};

	(void)state;
	for (size_t length = 0; length < sizeof(whole); length++) {
		char *copy;
		struct cursor text = text_of(whole, length, &copy);

		assert_int_equal(proc_parse_stat(text, &stat), length > needed);
		assert_int_equal(stat.id, length > needed ? 321 : 77);
		free(copy);
	}
}

static void a_stat_of_another_form_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"x (a)" STAT_REST,
		"-1 (a)" STAT_REST,
		"2147483648 (a)" STAT_REST,
		"18446744073709551616 (a)" STAT_REST,
		"321 a" STAT_REST,
		"321 (a" STAT_REST,
		"321 a)" STAT_REST,
		"321 )(" STAT_REST,
		"321 (a)\n",
		"321 (a) S 4 5 6 34816 -1 -2 1210 0 7 0 11 22 33 44 -20 -1 9 0 777 1 1 1 1 1 1 1 "
		"1 1 1 1 1 1 1 1 1 3 1\n",
		"321 (a) S 4 5 6 34816 -1 x 1210 0 7 0 11 22 33 44 -20 -1 9 0 777 1 1 1 1 1 1 1 "
		"1 1 1 1 1 1 1 1 1 3 1\n",
		"321 (a) S 4 5 6 34816 -1 1 1210 0 7 0 11 22 33 44 -20 -1 9 0 777 1 1 1 1 1 1 1 "
		"1 1 1 1 1 1 1 1 1 -1 1\n",
		"321 (a) S 4 5 6 34816 -1 1 1210 0 7 0 11 22 33 44 -20 -1 9 0 777 1 1 1 1 1 1 1 "
		"1 1 1 1 1 1 1 1 1 2147483648 1\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct proc_stat stat;

		if (parse_stat(texts[i], &stat))
			fail_msg("accepted: %s", texts[i]);
	}
}

static const char status_text[] = "Name:\ta: b\tTgid:\t99\n"
				  "Umask:\t0022\n"
				  "State:\tS (sleeping)\n"
				  "Tgid:\t4242\n"
				  "Ngid:\t0\n"
				  "Pid:\t4243\n"
				  "PPid:\t1\n"
				  "TracerPid:\t17\n"
				  "Uid:\t1000\t1001\t1002\t4294967295\n"
				  "Gid:\t5\t5\t5\t5\n"
				  "Groups:\t4 24 27 \n"
				  "Kthread:\t1\n"
				  "VmPeak:\t  123456 kB\n"
				  "VmSize:\t  300000 kB\n"
				  "VmLck:\t     128 kB\n"
				  "VmData:\t    4096 kB\n"
				  "Threads:\t12\n"
				  "SigQ:\t0/31435\n"
				  "SigPnd:\t0000000000000001\n"
				  "ShdPnd:\t8000000000000000\n"
				  "SigBlk:\tfffffffe7ffbfeff\n"
				  "SigIgn:\t0000000000001000\n"
				  "SigCgt:\t00000001000004ec\n"
				  "CapPrm:\t00000000ffffffff\n"
				  "CapEff:\t000001ffffffffff\n"
				  "Seccomp:\t2\n"
				  "Seccomp_filters:\t3\n"
				  "x86_Thread_features:\tshstk wrss \n"
				  "x86_Thread_features_locked:\t\n"
				  "voluntary_ctxt_switches:\t150\n"
				  "nonvoluntary_ctxt_switches:\t7\n";

static bool parse_status(const char *text, struct proc_status *ret)
{
	char *copy;
	bool valid = proc_parse_status(text_of(text, strlen(text), &copy), ret);

	free(copy);
	return valid;
}

static void every_line_of_a_status_is_taken(void **state)
{
	struct proc_status status;

	(void)state;
	assert_true(parse_status(status_text, &status));
	assert_int_equal(status.process, 4242);
	assert_int_equal(status.parent, 1);
	assert_int_equal(status.tracer, 17);
	assert_int_equal(status.users[0], 1000);
	assert_int_equal(status.users[1], 1001);
	assert_int_equal(status.users[2], 1002);
	assert_int_equal(status.users[3], UINT32_MAX);
	assert_int_equal(status.pending_signals, 1);
	assert_int_equal(status.shared_pending_signals, 1ULL << 63);
	assert_int_equal(status.blocked_signals, 0xfffffffe7ffbfeff);
	assert_int_equal(status.caught_signals, 0x1000004ec);
	assert_int_equal(status.effective_capabilities, 0x1ffffffffff);
	assert_int_equal(status.address_space, 300000 * 1024);
	assert_int_equal(status.locked_memory, 128 * 1024);
	assert_int_equal(status.data, 4096 * 1024);
	assert_int_equal(status.threads, 12);
	assert_int_equal(status.seccomp, 2);
	assert_int_equal(status.seccomp_filters, 3);
	assert_int_equal(status.switches, 157);
	assert_int_equal(status.sleeps, 150);
	assert_true(status.kernel_thread);
	assert_true(status.shadow_stack);
}

/* Older kernels have fewer lines, newer ones have more. */
static void lines_that_are_missing_are_zero(void **state)
{
	struct proc_status status;

	(void)state;
	memset(&status, 0xff, sizeof(status));
	assert_true(parse_status("Novelty:\t5\nwithout a colon\n\n:\nTgid:\t1", &status));
	assert_int_equal(status.process, 1);
	assert_int_equal(status.tracer, 0);
	assert_int_equal(status.switches, 0);
	assert_int_equal(status.seccomp_filters, 0);
	assert_int_equal(status.address_space, 0); /* as a kernel thread has it */
	assert_int_equal(status.threads, 0);
	assert_false(status.kernel_thread);
	assert_false(status.shadow_stack);
	assert_true(parse_status("Tgid:\t1\nKthread:\t0\n", &status));
	assert_false(status.kernel_thread);
}

/* "locked" is what may no longer be changed, not what is on. */
static void only_a_shadow_stack_that_is_on_counts(void **state)
{
	static const char *const texts[] = {"Tgid:\t1\nx86_Thread_features:\t\n",
		"Tgid:\t1\nx86_Thread_features:\twrss \n",
		"Tgid:\t1\nx86_Thread_features:\t\nx86_Thread_features_locked:\tshstk \n"};
	struct proc_status status;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_true(parse_status(texts[i], &status));
		assert_false(status.shadow_stack);
	}
}

/* Nothing is read that lies behind it. */
static void a_status_may_end_anywhere(void **state)
{
	size_t first = (size_t)(strstr(status_text, "\nTgid:\t4") - status_text) + 8;

	(void)state;
	for (size_t length = 0; length <= strlen(status_text); length++) {
		struct proc_status status = {.process = 77};
		char *copy;
		bool valid = proc_parse_status(text_of(status_text, length, &copy), &status);

		if (length < first && (valid || status.process != 77))
			fail_msg("accepted %zu bytes of it", length);
		free(copy);
	}
}

static void kib_are_bytes_up_to_the_largest_number(void **state)
{
	static const char largest[] = "18014398509481983 kB", larger[] = "18014398509481984 kB";
	uint64_t bytes = 77;

	(void)state;
	assert_false(proc_parse_kib(cursor_over("", 0), &bytes));
	assert_false(proc_parse_kib(cursor_over(larger, strlen(larger)), &bytes));
	assert_int_equal(bytes, 77);
	assert_true(proc_parse_kib(cursor_over(" \t3 kB", 6), &bytes));
	assert_int_equal(bytes, 3 * 1024);
	assert_true(proc_parse_kib(cursor_over(largest, strlen(largest)), &bytes));
	assert_true(bytes == UINT64_MAX - 1023);
}

static void memory_is_told_by_three_lines(void **state)
{
	static const char whole[] = "55d2c000-7ffd1000 ---p 00000000 00:00 0    [rollup]\n"
				    "Rss:                1204 kB\nPss:                 300 kB\n"
				    "Pss_Dirty:          7 kB\nSwap:                 12 kB\n"
				    "SwapPss:              4 kB\n";
	static const char *const others[] = {"", "Rss: 1 kB\nPss: 1 kB\n",
		"Rss: 1 kB\nPss: x kB\nSwap: 1 kB\n", "Rss: 1 kB\nPss:\nSwap: 1 kB\n"};
	struct target_memory memory = {.resident = 77};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(proc_parse_memory(cursor_over(others[i], strlen(others[i])), &memory));
	assert_int_equal(memory.resident, 77);
	assert_true(proc_parse_memory(cursor_over(whole, strlen(whole)), &memory));
	assert_int_equal(memory.resident, 1204 * 1024);
	assert_int_equal(memory.proportional, 300 * 1024);
	assert_int_equal(memory.swapped, 12 * 1024);
	memory = (struct target_memory){0};
	assert_success(proc_read_memory(getpid(), &memory));
	assert_true(memory.proportional > 0 && memory.proportional <= memory.resident);
}

static void a_status_of_another_form_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"Name:\tx\n",
		"Tgid:\t0\n",
		"Tgid:\t-1\n",
		"Tgid:\t\n",
		"Tgid:",
		"Tgid:\t2147483648\n",
		"Tgid:\t1\nUid:\t1\t2\t3\n",
		"Tgid:\t1\nUid:\t1\t2\t3\t4294967296\n",
		"Tgid:\t1\nPPid:\tx\n",
		"Tgid:\t1\nTracerPid:\t\n",
		"Tgid:\t1\nSigBlk:\tg\n",
		"Tgid:\t1\nSigBlk:\t10000000000000000\n",
		"Tgid:\t1\nCapEff:\tg\n",
		"Tgid:\t1\nVmSize:\tmuch\n",
		"Tgid:\t1\nVmData:\t18014398509481984 kB\n",
		"Tgid:\t1\nThreads:\tx\n",
		"Tgid:\t1\nKthread:\tyes\n",
		"Tgid:\t1\nSeccomp:\t4294967296\n",
		"Tgid:\t1\nvoluntary_ctxt_switches:\tmany\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct proc_status status = {.process = 77};

		if (parse_status(texts[i], &status))
			fail_msg("accepted: %s", texts[i]);
		assert_int_equal(status.process, 77);
	}
}

static void schedstat_begins_with_the_time_on_a_cpu(void **state)
{
	uint64_t time = 77;

	(void)state;
	assert_true(proc_parse_schedstat(cursor_over("123456789012 5 6\n", 17), &time));
	assert_int_equal(time, 123456789012);
	assert_false(proc_parse_schedstat(cursor_over("", 0), &time));
	assert_false(proc_parse_schedstat(cursor_over("-1 5 6\n", 7), &time));
	assert_int_equal(time, 123456789012);
}

static void sched_tells_of_the_switches(void **state)
{
	static const char text[] = "cat (77, #threads: 1)\n-----\n"
				   "se.exec_start          :       7345179.684976\n"
				   "nr_switches            :                   41\n"
				   "nr_voluntary_switches  :                    2\n";
	static const char *const others[] = {"", "nr_switches",
		"nr_switches :", "nr_switches : -1\n", "xnr_switches : 1\n", "nr_switches 1\n"};
	uint64_t switches = 77;

	(void)state;
	assert_true(proc_parse_switches(cursor_over(text, strlen(text)), &switches));
	assert_int_equal(switches, 41);
	assert_true(proc_parse_sleeps(cursor_over(text, strlen(text)), &switches));
	assert_int_equal(switches, 2);
	assert_false(proc_parse_sleeps(cursor_over("nr_switches : 1\n", 16), &switches));
	switches = 41;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(
			proc_parse_switches(cursor_over(others[i], strlen(others[i])), &switches));
	assert_int_equal(switches, 41);
}

static void schedstat_ends_with_the_arrivals(void **state)
{
	uint64_t arrivals = 77, waited = 77;

	(void)state;
	assert_true(proc_parse_arrivals(cursor_over("123456789012 5 6\n", 17), &arrivals));
	assert_int_equal(arrivals, 6);
	assert_true(proc_parse_waited(cursor_over("123456789012 5 6\n", 17), &waited));
	assert_int_equal(waited, 5);
	assert_false(proc_parse_waited(cursor_over("1\n", 2), &waited));
	assert_false(proc_parse_arrivals(cursor_over("1 2\n", 4), &arrivals));
	assert_false(proc_parse_arrivals(cursor_over("1 2 \n", 5), &arrivals));
	assert_false(proc_parse_arrivals(cursor_over("1 2 -3\n", 7), &arrivals));
	assert_false(proc_parse_arrivals(cursor_over(NULL, 0), &arrivals));
	assert_int_equal(arrivals, 6);
}

static bool parse_system_call(const char *text, struct proc_system_call *ret)
{
	char *copy;
	bool valid = proc_parse_system_call(text_of(text, strlen(text), &copy), ret);

	free(copy);
	return valid;
}

static void a_system_call_and_its_arguments(void **state)
{
	struct proc_system_call call;

	(void)state;
	assert_true(parse_system_call(
		"202 0x7f5c 0x189 0x0 0xffffffffffffffff 0x5 0x6 0x7fff0000 0x7f5c0000\n", &call));
	assert_int_equal(call.number, SYS_futex);
	assert_memory_equal(
		call.arguments, ((uint64_t[6]){0x7f5c, 0x189, 0, UINT64_MAX, 5, 6}), 48);
	assert_int_equal(call.stack_pointer, 0x7fff0000);
	assert_int_equal(call.program_counter, 0x7f5c0000);
	assert_true(parse_system_call("0 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8", &call));
	assert_int_equal(call.number, SYS_read);
	assert_true(parse_system_call("running\n", &call));
	assert_int_equal(call.number, -1);
	call.number = 5;
	assert_true(parse_system_call("-1 0x7ffe4 0x7f5c\n", &call));
	assert_int_equal(call.number, -1);
}

static void a_system_call_of_another_form_is_refused(void **state)
{
	static const char *const texts[] = {"", "\n", "x", "-2 0x1",
		"2147483648 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8", "0 0x1 0x2 0x3 0x4 0x5 0x6 0x7\n",
		"0 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x", "0 1 2 3 4 5 g 7 8",
		"0 0x10000000000000000 0x2 0x3 0x4 0x5 0x6 0x7 0x8"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct proc_system_call call, before;

		memset(&call, 77, sizeof(call));
		before = call;
		if (parse_system_call(texts[i], &call))
			fail_msg("accepted: %s", texts[i]);
		assert_memory_equal(&call, &before, sizeof(call));
	}
}

static void the_own_process_is_read(void **state)
{
	struct proc_status status;
	struct proc_stat stat;

	(void)state;
	assert_success(proc_read_stat(getpid(), 0, &stat));
	assert_int_equal(stat.id, getpid());
	assert_int_equal(stat.state, 'R');
	assert_string_equal(stat.name, "test_target_pro");
	assert_success(proc_read_status(getpid(), gettid(), &status));
	assert_int_equal(status.process, getpid());
	assert_int_equal(status.parent, getppid());
	assert_int_equal(status.users[1], geteuid());
	assert_false(status.kernel_thread);
	CLEANUP(cleanup_free) char *path = proc_read_link(getpid(), 0, "exe");
	assert_string_equal(strrchr(path, '/'), "/test_target_proc");
	CLEANUP(cleanup_free) char *nothing = proc_read_link(getpid(), 0, "none");
	assert_string_equal(nothing, "");
}

/* A process that was waited for is gone; its number is not given out again so soon. */
static void what_is_gone_is_told(void **state)
{
	struct proc_stat stat;
	struct proc_status status;
	char message[64];
	pid_t child = fork();

	(void)state;
	if (!child)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	snprintf(message, sizeof(message), "process %d is gone", child);
	assert_error(proc_read_stat(child, 0, &stat), ERROR_GONE, message, NULL);
	assert_error(proc_read_status(child, 0, &status), ERROR_GONE, message, NULL);
	snprintf(message, sizeof(message), "thread %d is gone", child);
	assert_error(proc_read_stat(getpid(), child, &stat), ERROR_GONE, message, NULL);
}

static void *exit_when_told(void *told)
{
	char byte;

	if (read(((int *)told)[0], &byte, 1) != 1)
		_exit(1);
	return NULL;
}

/* A process whose first thread exits at once, the other one when told. */
static pid_t start_leaderless(int told[2])
{
	pid_t child = fork();
	pthread_t thread;

	if (child)
		return child;
	if (pthread_create(&thread, NULL, exit_when_told, told))
		_exit(1);
	pthread_exit(NULL);
}

static char state_of(pid_t pid)
{
	struct proc_stat stat;

	assert_success(proc_read_stat(pid, pid, &stat));
	return stat.state;
}

static void one_thread_that_lives_will_do(void **state)
{
	int told[2], file;
	pid_t task = -1;

	(void)state;
	assert_true(proc_find_living(getpid(), &task));
	assert_int_equal(task, 0);
	assert_int_equal(pipe(told), 0);
	pid_t child = start_leaderless(told);
	while (state_of(child) != 'Z')
		sched_yield();
	assert_true(proc_find_living(child, &task));
	assert_int_not_equal(task, 0);
	assert_int_not_equal(task, child);
	assert_true(proc_task_lives(child, task));
	assert_false(proc_task_lives(child, child));
	file = proc_open_living(child, "exe", O_RDONLY);
	assert_true(file >= 0);
	close(file);
	assert_int_equal(write(told[1], "", 1), 1);
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_false(proc_find_living(child, &task));
	assert_int_equal(proc_open_living(child, "exe", O_RDONLY), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(told[0]);
	close(told[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_may_hold_anything),
		cmocka_unit_test(a_stat_that_ends_early_is_refused),
		cmocka_unit_test(a_stat_of_another_form_is_refused),
		cmocka_unit_test(every_line_of_a_status_is_taken),
		cmocka_unit_test(lines_that_are_missing_are_zero),
		cmocka_unit_test(only_a_shadow_stack_that_is_on_counts),
		cmocka_unit_test(a_status_may_end_anywhere),
		cmocka_unit_test(kib_are_bytes_up_to_the_largest_number),
		cmocka_unit_test(memory_is_told_by_three_lines),
		cmocka_unit_test(a_status_of_another_form_is_refused),
		cmocka_unit_test(schedstat_begins_with_the_time_on_a_cpu),
		cmocka_unit_test(schedstat_ends_with_the_arrivals),
		cmocka_unit_test(sched_tells_of_the_switches),
		cmocka_unit_test(a_system_call_and_its_arguments),
		cmocka_unit_test(a_system_call_of_another_form_is_refused),
		cmocka_unit_test(the_own_process_is_read),
		cmocka_unit_test(what_is_gone_is_told),
		cmocka_unit_test(one_thread_that_lives_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
