#include "call/call_permission.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "arch/seccomp_filter.h"

#define REST_WORKS "profiling the CPU works all the same, as it makes no calls"

static struct seccomp_question question_of(const struct needed_call *call)
{
	struct seccomp_question question = {
		.data = {.nr = (int)call->number, .arch = AUDIT_ARCH_X86_64},
		.unknown_arguments = call->unknown_arguments,
		.unknown_pointer = true,
	};

	for (size_t i = 0; i < ARRAY_SIZE(call->arguments); i++)
		question.data.args[i] = call->arguments[i];
	return question;
}

static bool fails_only(uint32_t action)
{
	return (action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO &&
	       (action & SECCOMP_RET_DATA) != 0;
}

struct error *call_permission_judge(const struct seccomp_program *programs, size_t count,
	const struct needed_call *const *calls, size_t call_count, struct call_permission *ret)
{
	for (size_t i = 0; i < call_count; i++) {
		struct seccomp_question question = question_of(calls[i]);
		struct seccomp_verdict verdict;
		struct error *error =
			seccomp_most_restrictive(programs, count, &question, &verdict);

		if (error)
			return error;
		if (seccomp_action_permits(verdict.action) ||
			(calls[i]->may_fail && fails_only(verdict.action)))
			continue;
		*ret = (struct call_permission){
			.permission = verdict.certain ? PERMISSION_DENIED : PERMISSION_UNKNOWN,
			.call = calls[i],
			.action = verdict.action,
		};
		return NULL;
	}
	*ret = (struct call_permission){.permission = PERMISSION_GRANTED};
	return NULL;
}

void call_permission_judge_strict(
	const struct needed_call *const *calls, size_t call_count, struct call_permission *ret)
{
	/* mode1_syscalls in kernel/seccomp.c */
	static const int64_t permitted[] = {SYS_read, SYS_write, SYS_exit, SYS_rt_sigreturn};

	for (size_t i = 0; i < call_count; i++) {
		bool found = false;

		for (size_t j = 0; j < ARRAY_SIZE(permitted); j++)
			found |= permitted[j] == calls[i]->number;
		if (found)
			continue;
		*ret = (struct call_permission){
			.permission = PERMISSION_DENIED,
			.call = calls[i],
			.action = SECCOMP_RET_KILL_THREAD,
		};
		return;
	}
	*ret = (struct call_permission){.permission = PERMISSION_GRANTED};
}

static struct error *judge_filters(struct target *target, pid_t thread,
	const struct thread_status *status, const struct needed_call *const *calls,
	size_t call_count, struct call_permission *ret)
{
	struct seccomp_filters filters;
	struct error *error = target_seccomp_filters(target, thread, &filters);

	if (error)
		return error;
	if (filters.outcome == FILTERS_READ)
		error = call_permission_judge(
			filters.programs, filters.count, calls, call_count, ret);
	else if (filters.outcome != FILTERS_THREAD_GONE &&
		 status->seccomp_filters == target_own_seccomp_filters())
		*ret = (struct call_permission){.permission = PERMISSION_GRANTED};
	else
		*ret = (struct call_permission){
			.permission = PERMISSION_UNKNOWN, .filters = filters.outcome};
	seccomp_filters_deinit(&filters);
	return error;
}

struct error *call_permission_find(struct target *target, pid_t thread,
	const struct needed_call *const *calls, size_t call_count, struct call_permission *ret)
{
	struct thread_status status;

	if (!target_thread_status(target, thread, &status)) {
		*ret = (struct call_permission){
			.permission = PERMISSION_UNKNOWN, .filters = FILTERS_THREAD_GONE};
		return NULL;
	}
	switch (status.seccomp) {
	case SECCOMP_MODE_DISABLED:
		*ret = (struct call_permission){.permission = PERMISSION_GRANTED};
		return NULL;
	case SECCOMP_MODE_STRICT:
		call_permission_judge_strict(calls, call_count, ret);
		return NULL;
	default:
		return judge_filters(target, thread, &status, calls, call_count, ret);
	}
}

/* What the kernel does with the call instead: "... for it". */
static void describe_action(uint32_t action, char *text, size_t size)
{
	int number = (int)(action & SECCOMP_RET_DATA);
	const char *name = strerrorname_np(number);

	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ERRNO:
		if (!number)
			snprintf(text, size, "pretend that it was made");
		else if (name)
			snprintf(text, size, "let it fail with %s", name);
		else
			snprintf(text, size, "let it fail with error %d", number);
		return;
	case SECCOMP_RET_TRAP:
		snprintf(text, size, "send the thread SIGSYS for it");
		return;
	case SECCOMP_RET_TRACE:
		snprintf(text, size, "leave it to a tracer");
		return;
	case SECCOMP_RET_USER_NOTIF:
		snprintf(text, size, "leave it to another process");
		return;
	case SECCOMP_RET_KILL_THREAD:
		snprintf(text, size, "kill the thread for it");
		return;
	default:
		snprintf(text, size, "kill the process for it");
	}
}

static struct error *explain_call(const struct call_permission *permission, pid_t thread)
{
	const char *name = permission->call->name;
	char action[64];
	struct error *error;

	describe_action(permission->action, action, sizeof(action));
	if (permission->permission == PERMISSION_DENIED)
		error = error_create(ERROR_UNSUPPORTED,
			"thread %d may not make the system call %s, which limpet needs: its "
			"seccomp filters would %s",
			thread, name, action);
	else
		error = error_create(ERROR_UNSUPPORTED,
			"thread %d might not be permitted the system call %s, which limpet needs: "
			"its seccomp filters decide by what is not known ahead, and may %s",
			thread, name, action);
	return error_set_hint(error,
		REST_WORKS "; for the heap, have the filter allow %s (SystemCallFilter= of a "
			   "systemd service)",
		name);
}

static const char *const remedies[FILTERS_OUTCOME_COUNT] = {
	[FILTERS_THREAD_GONE] = "try again: another thread may do",
	[FILTERS_NOT_STOPPED] = "try again when it is no longer in an uninterruptible wait",
	[FILTERS_TRACED] = "end that debugger or tracer, or let it detach, and try again",
	[FILTERS_NO_RIGHT] = "run limpet as root on the host",
	[FILTERS_CONFINED] = "run limpet as root on the host, outside of any container or sandbox",
	[FILTERS_NOT_RECORDED] = "a kernel with CONFIG_CHECKPOINT_RESTORE tells them; else run the "
				 "process without filters",
	[FILTERS_TOO_MANY] = "run the process with fewer filters",
};

struct error *call_permission_explain(const struct call_permission *permission, pid_t thread)
{
	if (permission->permission == PERMISSION_GRANTED)
		return NULL;
	if (permission->call)
		return explain_call(permission, thread);
	if (permission->filters == FILTERS_THREAD_GONE)
		return error_set_hint(error_create(ERROR_GONE, "thread %d exited", thread), "%s",
			remedies[FILTERS_THREAD_GONE]);
	return error_set_hint(
		error_create(permission->filters == FILTERS_NO_RIGHT ||
					     permission->filters == FILTERS_CONFINED
				     ? ERROR_DENIED
				     : ERROR_UNSUPPORTED,
			"thread %d restricts its system calls with seccomp, and what it permits "
			"cannot be read: %s",
			thread, filters_outcome_text(permission->filters)),
		"%s; " REST_WORKS, remedies[permission->filters]);
}
