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
};

/* Of the calling thread; children do not inherit it. */
void scheduling_raise(struct scheduling *ret_former);
/*
 * Short slices alone: for what comes after a sample. A real-time thread stays on its CPU, also
 * where the thread that was sampled has gone on; this one goes to an idle CPU.
 */
void scheduling_hasten(struct scheduling *ret_former);
void scheduling_restore(const struct scheduling *former);

/* CPUs of the machine, also those that are off: so many threads can run at a time, at most. */
size_t scheduling_processors(void);
