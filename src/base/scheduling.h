#pragma once

#include <sched.h>

/*
 * Whoever samples must run when it is time to, not when what it samples goes to sleep: or else it
 * sees threads mostly where they wait. Asks for the lowest real-time priority; without the right to
 * it, for short slices, with which the scheduler lets a waking thread run earlier (Linux 6.12).
 */
struct scheduling {
	int policy;
	struct sched_param parameters;
	cpu_set_t cpus; /* that it may run on; empty: unknown */
};

/* Of the calling thread; children do not inherit it. What CPUs it may run on is restored, too. */
void scheduling_raise(struct scheduling *ret_former);
void scheduling_restore(const struct scheduling *former);
