#include "../base/test_support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call/call_permission.h"
#include "target/live.h"
#include "target/proc.h"

/* The victim "confined" under each of its filters; its waits must not notice. */

struct victim {
	pid_t pid;
	FILE *in, *out;
	struct target *target;
	pid_t threads[4]; /* reader, pauser, poller, strict */
};

static const char *const thread_names[] = {"reader", "pauser", "poller", "strict"};

static void note_thread(struct victim *victim, const char *line)
{
	char name[16];
	int id;

	if (sscanf(line, "thread %15s %d", name, &id) != 2)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(thread_names); i++)
		if (strcmp(name, thread_names[i]) == 0)
			victim->threads[i] = id;
}

static void run_victim(const int in[2], const int out[2], const char *filter)
{
	dup2(in[0], 0);
	dup2(out[1], 1);
	close_range(3, ~0U, 0);
	execl(VICTIMS_DIRECTORY "/confined", "confined", filter, NULL);
	_exit(9);
}

static void start(struct victim *victim, const char *filter)
{
	char line[128];
	int in[2], out[2];

	*victim = (struct victim){0};
	assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
	victim->pid = fork();
	if (!victim->pid)
		run_victim(in, out, filter);
	close(in[0]);
	close(out[1]);
	victim->in = fdopen(in[1], "w");
	victim->out = fdopen(out[0], "r");
	do {
		assert_non_null(fgets(line, sizeof(line), victim->out));
		note_thread(victim, line);
	} while (strcmp(line, "ready\n") != 0);
	assert_success(live_target_open(victim->pid, &victim->target));
}

static void end(struct victim *victim)
{
	target_destroy(victim->target);
	fclose(victim->in);
	fclose(victim->out);
	assert_int_equal(waitpid(victim->pid, NULL, 0), victim->pid);
}

/* Its threads must wait on, in the same system calls. */
static void finish(struct victim *victim)
{
	char line[128];

	fputs("check\n", victim->in);
	fflush(victim->in);
	assert_non_null(fgets(line, sizeof(line), victim->out));
	assert_string_equal(line, "ok\n");
	end(victim);
}

enum call {
	CALL_MMAP,
	CALL_MPROTECT,
	CALL_MUNMAP,
	CALL_CLONE,
	CALL_FORK,
	CALL_MEMFD,
	CALL_COUNT,
};

static const struct needed_call needed[] = {
	[CALL_MMAP] = {SYS_mmap, {0, 4096, PROT_READ | PROT_EXEC}, 1, "mmap", false},
	[CALL_MPROTECT] = {SYS_mprotect, {0, 4096, PROT_READ | PROT_EXEC}, 1, "mprotect", false},
	[CALL_MUNMAP] = {SYS_munmap, {0, 4096}, 1, "munmap", false},
	[CALL_CLONE] = {SYS_clone, {CLONE_VM | CLONE_THREAD | CLONE_SIGHAND}, 0x3e, "clone", false},
	[CALL_FORK] = {SYS_clone, {SIGCHLD}, 0x3e, "clone", false},
	[CALL_MEMFD] = {SYS_memfd_create, {0}, 1, "memfd_create", false},
};

static const struct needed_call *const all_needed[CALL_COUNT] = {&needed[CALL_MMAP],
	&needed[CALL_MPROTECT], &needed[CALL_MUNMAP], &needed[CALL_CLONE], &needed[CALL_FORK],
	&needed[CALL_MEMFD]};

#define GRANTED 1 /* instead of an action; it is none */

static const struct row {
	const char *filter;
	uint32_t actions[CALL_COUNT];
	enum call unknown; /* CALL_COUNT: none */
} rows[] = {
	{"none", {GRANTED, GRANTED, GRANTED, GRANTED, GRANTED, GRANTED}, CALL_COUNT},
	{"allow-all", {GRANTED, GRANTED, GRANTED, GRANTED, GRANTED, GRANTED}, CALL_COUNT},
	{"errno", {SECCOMP_RET_ERRNO | EPERM, GRANTED, GRANTED, GRANTED, GRANTED, GRANTED},
		CALL_COUNT},
	{"kill", {GRANTED, SECCOMP_RET_KILL_PROCESS, GRANTED, GRANTED, GRANTED, GRANTED},
		CALL_COUNT},
	{"log", {GRANTED, GRANTED, GRANTED, GRANTED, GRANTED, GRANTED}, CALL_COUNT},
	{"by-address", {GRANTED, GRANTED, SECCOMP_RET_ERRNO | EINVAL, GRANTED, GRANTED, GRANTED},
		CALL_MUNMAP},
	{"strict-args", {GRANTED, GRANTED, GRANTED, GRANTED, SECCOMP_RET_ERRNO | EPERM, GRANTED},
		CALL_COUNT},
	{"nested",
		{SECCOMP_RET_ERRNO | EPERM, GRANTED, GRANTED, GRANTED, GRANTED, SECCOMP_RET_TRAP},
		CALL_COUNT},
	/* All but its thread "strict". */
	{"strict", {GRANTED, GRANTED, GRANTED, GRANTED, GRANTED, GRANTED}, CALL_COUNT},
};

static void assert_permission(struct victim *victim, pid_t thread, const struct row *row)
{
	for (enum call i = 0; i < CALL_COUNT; i++) {
		struct call_permission found;
		enum permission expected = PERMISSION_DENIED;

		if (row->actions[i] == GRANTED)
			expected = PERMISSION_GRANTED;
		else if (row->unknown == i)
			expected = PERMISSION_UNKNOWN;
		assert_success(
			call_permission_find(victim->target, thread, &all_needed[i], 1, &found));
		if (found.permission != expected ||
			(expected != PERMISSION_GRANTED && found.action != row->actions[i]))
			fail_msg("%s, %s: %d, 0x%x (%s)", row->filter, needed[i].name,
				found.permission, found.action,
				filters_outcome_text(found.filters));
	}
}

/* What the kernel asks for: see live_filters.c. */
static bool may_read_filters(void)
{
	struct proc_status own;

	assert_success(proc_read_status(getpid(), 0, &own));
	return !own.seccomp && own.effective_capabilities >> CAP_SYS_ADMIN & 1;
}

static void the_filters_of_a_live_thread_are_judged(void **state)
{
	(void)state;
	if (!may_read_filters())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct victim victim;

		start(&victim, rows[i].filter);
		for (size_t j = 0; j < 3; j++)
			assert_permission(&victim, victim.threads[j], &rows[i]);
		assert_permission(&victim, victim.pid, &rows[i]);
		finish(&victim);
	}
}

static struct call_permission find(struct victim *victim, pid_t thread)
{
	struct call_permission found;

	assert_success(
		call_permission_find(victim->target, thread, all_needed, CALL_COUNT, &found));
	return found;
}

static void assert_unknown(struct victim *victim, pid_t thread, enum filters_outcome why)
{
	struct call_permission found = find(victim, thread);

	assert_int_equal(found.permission, PERMISSION_UNKNOWN);
	assert_null(found.call);
	assert_string_equal(filters_outcome_text(found.filters), filters_outcome_text(why));
}

static void strict_mode_is_judged_without_a_stop(void **state)
{
	struct victim victim;

	(void)state;
	start(&victim, "strict");
	struct call_permission found = find(&victim, victim.threads[3]);
	assert_int_equal(found.permission, PERMISSION_DENIED);
	assert_string_equal(found.call->name, "mmap");
	assert_int_equal(found.action, SECCOMP_RET_KILL_THREAD);
	finish(&victim);
}

/* As the victim installed them, and to the last instruction. */
static void filters_are_read_in_their_order(void **state)
{
	struct seccomp_filters filters;
	struct victim victim;

	(void)state;
	if (!may_read_filters())
		skip();
	start(&victim, "nested");
	assert_success(target_seccomp_filters(victim.target, victim.threads[2], &filters));
	assert_int_equal(filters.outcome, FILTERS_READ);
	assert_int_equal(filters.count, 3);
	assert_int_equal(filters.programs[0].count, 4);
	assert_int_equal(filters.programs[0].items[2].k, SECCOMP_RET_TRAP);
	assert_int_equal(filters.programs[1].count, 6);
	assert_int_equal(filters.programs[1].items[4].k, SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(filters.programs[2].count, 1);
	assert_int_equal(filters.programs[2].items[0].k, SECCOMP_RET_ALLOW);
	assert_true(filters.held > 0);
	seccomp_filters_deinit(&filters);
	finish(&victim);
}

static void no_filters_are_read_without_a_stop(void **state)
{
	struct seccomp_filters filters;
	struct victim victim;

	(void)state;
	start(&victim, "none");
	assert_success(target_seccomp_filters(victim.target, victim.pid, &filters));
	assert_int_equal(filters.outcome, FILTERS_READ);
	assert_int_equal(filters.count, 0);
	assert_int_equal(filters.held, 0);
	seccomp_filters_deinit(&filters);
	finish(&victim);
}

static void too_many_filters_are_not_judged(void **state)
{
	struct victim victim;

	(void)state;
	if (!may_read_filters())
		skip();
	start(&victim, "many");
	assert_unknown(&victim, victim.threads[0], FILTERS_TOO_MANY);
	finish(&victim);
}

static void a_thread_that_is_gone_is_unknown(void **state)
{
	struct seccomp_filters filters;
	struct victim victim;

	(void)state;
	start(&victim, "kill");
	assert_unknown(&victim, 4194304, FILTERS_THREAD_GONE);
	assert_success(target_seccomp_filters(victim.target, 4194304, &filters));
	assert_int_equal(filters.outcome, FILTERS_THREAD_GONE);
	finish(&victim);
}

static void a_traced_thread_is_unknown(void **state)
{
	struct victim victim;
	int status;

	(void)state;
	if (!may_read_filters())
		skip();
	start(&victim, "kill");
	pid_t thread = victim.threads[1];
	assert_int_equal(ptrace(PTRACE_SEIZE, thread, NULL, NULL), 0);
	assert_unknown(&victim, thread, FILTERS_TRACED);
	assert_int_equal(ptrace(PTRACE_INTERRUPT, thread, NULL, NULL), 0);
	assert_int_equal(waitpid(thread, &status, __WALL), thread);
	assert_int_equal(ptrace(PTRACE_DETACH, thread, NULL, NULL), 0);
	finish(&victim);
}

static char state_of(struct victim *victim)
{
	struct proc_stat stat;

	assert_success(proc_read_stat(victim->pid, 0, &stat));
	return stat.state;
}

static void wait_for_state(struct victim *victim, char state)
{
	while (state_of(victim) != state)
		sched_yield();
}

static void a_suspended_process_stays_so(void **state)
{
	struct victim victim;

	(void)state;
	if (!may_read_filters())
		skip();
	start(&victim, "kill");
	kill(victim.pid, SIGSTOP);
	wait_for_state(&victim, 'T');
	assert_int_equal(find(&victim, victim.pid).action, SECCOMP_RET_KILL_PROCESS);
	/* Let go, it goes back into its stop by itself. */
	wait_for_state(&victim, 'T');
	kill(victim.pid, SIGCONT);
	/* Which disturbs epoll_wait(2) by itself. */
	end(&victim);
}

/* Sets or clears CAP_SYS_ADMIN in the effective set. */
static void have_right(bool right)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	data[0].effective &= ~(1u << CAP_SYS_ADMIN);
	data[0].effective |= (uint32_t)right << CAP_SYS_ADMIN;
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

static void without_the_right_nobody_is_stopped(void **state)
{
	struct seccomp_filters filters;
	bool had_right = may_read_filters();
	struct victim victim;

	(void)state;
	if (target_own_seccomp_filters())
		skip();
	start(&victim, "kill");
	if (had_right)
		have_right(false);
	assert_unknown(&victim, victim.threads[0], FILTERS_NO_RIGHT);
	assert_success(target_seccomp_filters(victim.target, victim.threads[0], &filters));
	assert_int_equal(filters.held, 0);
	if (had_right)
		have_right(true);
	finish(&victim);
}

/* The tracer process that was started without the right does not get it afterwards. */
static void the_refusal_of_the_kernel_counts(void **state)
{
	struct capture capture = {.wish.own = 8};
	struct victim victim;

	(void)state;
	if (!may_read_filters())
		skip();
	start(&victim, "kill");
	capture.thread = victim.threads[2];
	have_right(false);
	assert_success(target_capture(victim.target, 0, &capture, 1));
	assert_int_equal(capture.outcome, CAPTURE_DONE);
	have_right(true);
	assert_unknown(&victim, victim.threads[2], FILTERS_NO_RIGHT);
	finish(&victim);
}

/* In a child that is under one filter itself. 0: as expected. */
static int find_confined(struct victim *victim, enum permission expected)
{
	struct sock_filter allow = BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW);
	struct sock_fprog program = {1, &allow};
	struct call_permission found;
	struct error *error;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		return 2;
	error = call_permission_find(
		victim->target, victim->threads[0], all_needed, CALL_COUNT, &found);
	if (error || found.permission != expected)
		return 3;
	return expected == PERMISSION_UNKNOWN && found.filters != FILTERS_CONFINED ? 4 : 0;
}

static void assert_confined(const char *filter, enum permission expected)
{
	struct victim victim;
	int status;

	start(&victim, filter);
	pid_t child = fork();
	if (!child)
		_exit(find_confined(&victim, expected));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	finish(&victim);
}

/* One filter each: taken for that of a container that both are in. */
static void under_as_many_filters_it_is_taken_for_granted(void **state)
{
	(void)state;
	if (!may_read_filters())
		skip();
	assert_confined("kill", PERMISSION_GRANTED);
	assert_confined("none", PERMISSION_GRANTED);
	assert_confined("nested", PERMISSION_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_filters_of_a_live_thread_are_judged),
		cmocka_unit_test(strict_mode_is_judged_without_a_stop),
		cmocka_unit_test(filters_are_read_in_their_order),
		cmocka_unit_test(no_filters_are_read_without_a_stop),
		cmocka_unit_test(too_many_filters_are_not_judged),
		cmocka_unit_test(a_thread_that_is_gone_is_unknown),
		cmocka_unit_test(a_traced_thread_is_unknown),
		cmocka_unit_test(a_suspended_process_stays_so),
		cmocka_unit_test(without_the_right_nobody_is_stopped),
		cmocka_unit_test(the_refusal_of_the_kernel_counts),
		cmocka_unit_test(under_as_many_filters_it_is_taken_for_granted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
