#include <errno.h>
#include <linux/filter.h>
#include <sys/ptrace.h>

#include "target/tracer_protocol.h"

/* Appends the filter at that index. 0, or the errno. */
static int copy_filter(struct tracer_shared *shared, pid_t thread, size_t index, size_t *used)
{
	struct tracer_filters_answer *answer = &shared->filters;
	long length = ptrace(PTRACE_SECCOMP_GET_FILTER, thread, index, NULL);

	if (length < 0)
		return errno;
	if (index >= FILTERS_MAX || (size_t)length > FILTER_ITEMS_MAX - *used)
		return E2BIG;
	if (ptrace(PTRACE_SECCOMP_GET_FILTER, thread, index,
		    shared->arena + *used * sizeof(struct sock_filter)) != length)
		return EIO;
	answer->lengths[index] = (size_t)length;
	answer->count = index + 1;
	*used += (size_t)length;
	return 0;
}

void tracer_copy_filters(struct tracer_shared *shared, pid_t thread)
{
	size_t used = 0;
	int refused = 0;

	for (size_t index = 0; !refused; index++)
		refused = copy_filter(shared, thread, index, &used);
	/* Behind the last one. */
	shared->filters.refused = refused == ENOENT ? 0 : refused;
}
