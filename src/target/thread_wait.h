#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arch/blocking_calls.h"
#include "target/target.h"

/* What a sleeping thread waits in, and until when. */
struct thread_wait {
	const struct blocking_call *call; /* NULL: not known to wait */
	bool restarted; /* it stands in restart_syscall(2), after a stop, for that call */
	uint64_t arguments[6];
	uint64_t sleeps;   /* of the thread, up to this one */
	bool timed;        /* relatively: it would start over */
	bool known;        /* how long it has waited in all, stops included */
	uint64_t time_out; /* ns from its beginning; TIME_OUT_UNKNOWN: what may be half done, too */
	uint64_t deadline; /* monotonic ns: the latest there may be */
};

/*
 * What threads waited in shortly before they were stopped: some then stand in restart_syscall(2),
 * of which not always can be seen what it stands for, and never since when. A zeroed one is empty.
 */
#define THREAD_WAITS_MAX 64
struct thread_waits {
	struct remembered_wait {
		pid_t thread;
		struct thread_wait wait;
		uint64_t time; /* monotonic ns */
	} items[THREAD_WAITS_MAX];
	size_t next;
};

/*
 * The system call as the program made it: of restart_syscall(2), in which some stand after a stop,
 * the one that the code before the program counter calls, if that is one of those with which the
 * kernel goes on so. Any other stays what it is.
 */
int64_t thread_wait_system_call(
	struct target *target, int64_t system_call, uint64_t program_counter);

/* To be asked before the thread is stopped. */
struct thread_wait thread_wait_find(struct target *target, pid_t thread,
	const struct thread_status *status, const struct thread_waits *waits);

/*
 * Whether the thread might notice a stop: its call is not known to wait, it may be half done, or it
 * has a time-out that would start over, or be taken for that of the next call like it.
 */
bool thread_wait_shows_stop(const struct thread_wait *wait);

/* Before a stop. Only of a wait whose call is known. */
void thread_wait_remember(struct thread_waits *waits, pid_t thread, const struct thread_wait *wait);

/* For the call to be entered again now. scratch: see time_left_of(). */
struct time_left thread_wait_left(const struct thread_wait *wait, uint64_t scratch);
