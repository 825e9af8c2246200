#include "../base/test_support.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "call/call_permission.h"

static const struct needed_call needed[] = {
	{SYS_mmap, {0, 4096, PROT_READ | PROT_WRITE}, 0, "mmap", false},
	{SYS_mprotect, {0, 4096, PROT_READ | PROT_EXEC}, 1, "mprotect", false},
	{SYS_close, {0}, 1, "close", false},
};

static const struct needed_call *const all_needed[] = {&needed[0], &needed[1], &needed[2]};

/* If the call is this one and the word at the offset has the bit: that action. */
#define FILTER(call, offset, bit, action)                                                          \
	{                                                                                          \
		BPF_STMT(BPF_LD | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ, call, 0, 3),            \
			BPF_STMT(BPF_LD | BPF_ABS, offset),                                        \
			BPF_JUMP(BPF_JMP | BPF_JSET, bit, 0, 1), BPF_STMT(BPF_RET, action),        \
			BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW)                                       \
	}

#define OFFSET_POINTER     8
#define OFFSET_ARGUMENT(n) (16 + 8 * (n))

static const struct row {
	struct sock_filter filter[6];
	enum permission permission;
	const struct needed_call *call;
	uint32_t action;
} rows[] = {
	{FILTER(SYS_mmap, OFFSET_ARGUMENT(2), PROT_EXEC, SECCOMP_RET_KILL_PROCESS),
		PERMISSION_GRANTED, NULL, 0},
	{FILTER(SYS_mprotect, OFFSET_ARGUMENT(2), PROT_EXEC, SECCOMP_RET_KILL_PROCESS),
		PERMISSION_DENIED, &needed[1], SECCOMP_RET_KILL_PROCESS},
	{FILTER(SYS_mprotect, OFFSET_ARGUMENT(2), PROT_EXEC, SECCOMP_RET_ERRNO | EPERM),
		PERMISSION_DENIED, &needed[1], SECCOMP_RET_ERRNO | EPERM},
	{FILTER(SYS_mprotect, OFFSET_ARGUMENT(2), PROT_EXEC, SECCOMP_RET_LOG), PERMISSION_GRANTED,
		NULL, 0},
	{FILTER(SYS_mmap, OFFSET_ARGUMENT(0), 1, SECCOMP_RET_TRAP), PERMISSION_GRANTED, NULL, 0},
	{FILTER(SYS_close, OFFSET_ARGUMENT(0), 1, SECCOMP_RET_TRAP), PERMISSION_UNKNOWN, &needed[2],
		SECCOMP_RET_TRAP},
	{FILTER(SYS_close, OFFSET_ARGUMENT(0), 1, SECCOMP_RET_LOG), PERMISSION_GRANTED, NULL, 0},
	{FILTER(SYS_close, OFFSET_POINTER, 1, SECCOMP_RET_KILL_THREAD), PERMISSION_UNKNOWN,
		&needed[2], SECCOMP_RET_KILL_THREAD},
	{FILTER(SYS_fork, OFFSET_ARGUMENT(0), 1, SECCOMP_RET_KILL_THREAD), PERMISSION_GRANTED, NULL,
		0},
};

static void the_first_call_that_is_denied_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct seccomp_program program = {rows[i].filter, 6};
		struct call_permission permission;

		assert_success(call_permission_judge(
			&program, 1, all_needed, ARRAY_SIZE(all_needed), &permission));
		if (permission.permission != rows[i].permission ||
			permission.call != rows[i].call || permission.action != rows[i].action)
			fail_msg("row %zu: %d, %s, 0x%x", i, permission.permission,
				permission.call ? permission.call->name : "none",
				permission.action);
	}
}

static void a_call_that_may_fail_may_not_kill(void **state)
{
	static const struct needed_call clone3 = {
		.number = SYS_clone3, .name = "clone3", .may_fail = true};
	static const struct needed_call *const call = &clone3;
	static const struct {
		uint32_t action;
		enum permission permission;
	} answers[] = {
		{SECCOMP_RET_ERRNO | ENOSYS, PERMISSION_GRANTED},
		{SECCOMP_RET_ERRNO, PERMISSION_DENIED}, /* 0: as if it had been made */
		{SECCOMP_RET_TRAP, PERMISSION_DENIED},
		{SECCOMP_RET_KILL_THREAD, PERMISSION_DENIED},
		{SECCOMP_RET_KILL_PROCESS, PERMISSION_DENIED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct sock_filter filter[] = {BPF_STMT(BPF_RET | BPF_K, answers[i].action)};
		const struct seccomp_program program = {filter, 1};
		struct call_permission permission;

		assert_success(call_permission_judge(&program, 1, &call, 1, &permission));
		assert_int_equal(permission.permission, answers[i].permission);
	}
}

static void without_filters_everything_is_granted(void **state)
{
	struct call_permission permission;

	(void)state;
	assert_success(
		call_permission_judge(NULL, 0, all_needed, ARRAY_SIZE(all_needed), &permission));
	assert_int_equal(permission.permission, PERMISSION_GRANTED);
}

static void what_is_no_filter_is_an_error(void **state)
{
	const struct seccomp_program program = {rows[0].filter, 1};
	struct call_permission permission;

	(void)state;
	assert_error(call_permission_judge(&program, 1, all_needed, 1, &permission),
		ERROR_MALFORMED, "a seccomp filter that the kernel would not accept", NULL);
}

static void strict_mode_has_four_calls(void **state)
{
	static const struct needed_call calls[] = {{SYS_read, {0}, 0, "read", false},
		{SYS_write, {0}, 0, "write", false}, {SYS_exit, {0}, 0, "exit", false},
		{SYS_rt_sigreturn, {0}, 0, "rt_sigreturn", false},
		{SYS_close, {0}, 0, "close", false}};
	static const struct needed_call *const all[] = {
		&calls[0], &calls[1], &calls[2], &calls[3], &calls[4]};
	struct call_permission permission;

	(void)state;
	call_permission_judge_strict(all, 4, &permission);
	assert_int_equal(permission.permission, PERMISSION_GRANTED);
	call_permission_judge_strict(all, 5, &permission);
	assert_int_equal(permission.permission, PERMISSION_DENIED);
	assert_ptr_equal(permission.call, &calls[4]);
	assert_int_equal(permission.action, SECCOMP_RET_KILL_THREAD);
}

#define MAY_NOT                                                                                    \
	"thread 7 may not make the system call mmap, which limpet needs: its seccomp filters "
#define MIGHT_NOT                                                                                  \
	"thread 7 might not be permitted the system call mmap, which limpet needs: its seccomp "   \
	"filters decide by what is not known ahead, and may "
#define HINT_CALL                                                                                  \
	"profiling the CPU works all the same, as it makes no calls; for the heap, have the "      \
	"filter allow mmap (SystemCallFilter= of a systemd service)"

static const struct {
	uint32_t action;
	const char *denied, *unknown;
} actions[] = {
	{SECCOMP_RET_KILL_PROCESS, "would kill the process for it", "kill the process for it"},
	{SECCOMP_RET_KILL_THREAD, "would kill the thread for it", "kill the thread for it"},
	{SECCOMP_RET_TRAP | 5, "would send the thread SIGSYS for it",
		"send the thread SIGSYS for it"},
	{SECCOMP_RET_ERRNO | EPERM, "would let it fail with EPERM", "let it fail with EPERM"},
	{SECCOMP_RET_ERRNO | 4000, "would let it fail with error 4000",
		"let it fail with error 4000"},
	{SECCOMP_RET_ERRNO, "would pretend that it was made", "pretend that it was made"},
	{SECCOMP_RET_TRACE, "would leave it to a tracer", "leave it to a tracer"},
	{SECCOMP_RET_USER_NOTIF, "would leave it to another process",
		"leave it to another process"},
	{0x12340000, "would kill the process for it", "kill the process for it"},
};

static void assert_explained(
	enum permission permission, uint32_t action, const char *begin, const char *end)
{
	const struct call_permission refused = {permission, &needed[0], action, FILTERS_READ};
	char message[256];

	snprintf(message, sizeof(message), "%s%s", begin, end);
	assert_error(call_permission_explain(&refused, 7), ERROR_UNSUPPORTED, message, HINT_CALL);
}

static void every_action_has_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		assert_explained(PERMISSION_DENIED, actions[i].action, MAY_NOT, actions[i].denied);
		assert_explained(
			PERMISSION_UNKNOWN, actions[i].action, MIGHT_NOT, actions[i].unknown);
	}
}

static void every_obstacle_has_a_remedy(void **state)
{
	struct call_permission refused = {.permission = PERMISSION_UNKNOWN};

	(void)state;
	for (enum filters_outcome i = FILTERS_NOT_STOPPED; i < FILTERS_OUTCOME_COUNT; i++) {
		refused.filters = i;
		struct error *error = call_permission_explain(&refused, 7);

		assert_non_null(error);
		assert_non_null(strstr(error->message, filters_outcome_text(i)));
		assert_non_null(error->hint);
		assert_null(strstr(error->hint, "(null)"));
		error_destroy(error);
	}
	refused.filters = FILTERS_NO_RIGHT;
	assert_error(call_permission_explain(&refused, 7), ERROR_DENIED,
		"thread 7 restricts its system calls with seccomp, and what it permits cannot be "
		"read: limpet lacks CAP_SYS_ADMIN on the host",
		"run limpet as root on the host; profiling the CPU works all the same, as it makes "
		"no calls");
	refused.filters = FILTERS_THREAD_GONE;
	assert_error(call_permission_explain(&refused, 7), ERROR_GONE, "thread 7 exited",
		"try again: another thread may do");
}

static void what_is_granted_needs_no_words(void **state)
{
	const struct call_permission granted = {.permission = PERMISSION_GRANTED};

	(void)state;
	assert_null(call_permission_explain(&granted, 7));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_call_that_is_denied_is_named),
		cmocka_unit_test(a_call_that_may_fail_may_not_kill),
		cmocka_unit_test(without_filters_everything_is_granted),
		cmocka_unit_test(what_is_no_filter_is_an_error),
		cmocka_unit_test(strict_mode_has_four_calls),
		cmocka_unit_test(every_action_has_words),
		cmocka_unit_test(every_obstacle_has_a_remedy),
		cmocka_unit_test(what_is_granted_needs_no_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
