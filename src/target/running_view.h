#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What the scheduler says of a thread: /proc/PROCESS/task/THREAD/schedstat and sched, Linux 6.18.
 * For the tracer process: does not allocate.
 */
struct running_view {
	uint64_t total; /* ns on a CPU, up to when it was last worked out */
	uint64_t arrivals;
	uint64_t waited; /* ns for a CPU, up to when it came onto one last */
	/* By the whole view alone. */
	uint64_t left; /* when it left its CPU, if it has; ns of the scheduler's clock */
	uint64_t switches;
	uint64_t sleeps; /* and stops */
};

/* false: that cannot be read. The first takes a fourth of the time of the second. */
bool running_view_arrivals(pid_t process, pid_t thread, struct running_view *ret);
bool running_view_whole(pid_t process, pid_t thread, struct running_view *ret);
