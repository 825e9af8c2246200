#include "target/live_filters.h"

#include <linux/capability.h>
#include <linux/seccomp.h>
#include <unistd.h>

#include "target/proc.h"

/*
 * What PTRACE_SECCOMP_GET_FILTER asks of the tracer (seccomp_get_filter() in kernel/seccomp.c), as
 * far as it shows from here; in a user namespace of its own, only the kernel's refusal does.
 */
static struct error *check_own_rights(enum filters_outcome *ret)
{
	struct proc_status own;
	struct error *error = proc_read_status(getpid(), gettid(), &own);

	if (error)
		return error;
	if (own.seccomp != SECCOMP_MODE_DISABLED)
		*ret = FILTERS_CONFINED;
	else if (!(own.effective_capabilities >> CAP_SYS_ADMIN & 1))
		*ret = FILTERS_NO_RIGHT;
	else
		*ret = FILTERS_READ;
	return NULL;
}

struct error *live_filters_read(
	struct tracer *tracer, pid_t process, pid_t thread, struct seccomp_filters *ret)
{
	struct proc_status status;
	enum filters_outcome outcome;
	struct error *error = proc_read_status(process, thread, &status);

	if (error && error->kind == ERROR_GONE) {
		error_destroy(error);
		*ret = (struct seccomp_filters){.outcome = FILTERS_THREAD_GONE};
		return NULL;
	}
	if (!error && status.seccomp != SECCOMP_MODE_FILTER) {
		*ret = (struct seccomp_filters){.outcome = FILTERS_READ};
		return NULL;
	}
	if (!error)
		error = check_own_rights(&outcome);
	if (error)
		return error;
	if (outcome == FILTERS_READ)
		return tracer_filters(tracer, thread, ret);
	*ret = (struct seccomp_filters){.outcome = outcome};
	return NULL;
}
