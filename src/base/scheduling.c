#include "base/scheduling.h"

#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SHORT_SLICE 100000 /* ns: the least that the kernel takes */

/* As in the kernel's linux/sched/types.h, version 0, which glibc's headers clash with. */
struct scheduling_attributes {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime;
	uint64_t deadline;
	uint64_t period;
};

static void ask_for_short_slices(void)
{
	struct scheduling_attributes attributes = {
		.size = sizeof(attributes),
		.policy = SCHED_OTHER,
		.nice = getpriority(PRIO_PROCESS, 0),
		.runtime = SHORT_SLICE,
	};

	syscall(SYS_sched_setattr, 0, &attributes, 0);
}

static void note_former(struct scheduling *ret)
{
	ret->policy = sched_getscheduler(0);
	sched_getparam(0, &ret->parameters);
}

void scheduling_raise(struct scheduling *ret_former)
{
	const struct sched_param lowest = {.sched_priority = sched_get_priority_min(SCHED_FIFO)};

	note_former(ret_former);
	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &lowest) < 0)
		ask_for_short_slices();
}

void scheduling_hasten(struct scheduling *ret_former)
{
	note_former(ret_former);
	if (ret_former->policy == SCHED_OTHER)
		ask_for_short_slices();
}

size_t scheduling_processors(void)
{
	long count = sysconf(_SC_NPROCESSORS_CONF);

	return count > 0 ? (size_t)count : CPU_SETSIZE;
}

void scheduling_restore(const struct scheduling *former)
{
	if (former->policy >= 0)
		sched_setscheduler(0, former->policy, &former->parameters);
}
