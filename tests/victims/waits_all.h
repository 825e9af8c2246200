#pragma once

#include <signal.h>

#include "waits.h"

/* The system calls of every_wait, by kind. */

struct wait_table {
	struct wait *waits;
	size_t count;
};

extern const struct wait_table file_waits, socket_waits, poll_waits, clock_waits, futex_waits,
	queue_waits, signal_waits, process_waits, lock_waits, ring_waits, register_waits;

#define WAIT_TABLE(waits)                                                                          \
	{                                                                                          \
		(waits), sizeof(waits) / sizeof((waits)[0])                                        \
	}

/* An eventfd in fds[1], and its waker. */
void prepare_eventfd(struct wait *self);
void wake_eventfd(struct wait *self);
bool take_eventfd(struct wait *self);

/* A pipe in fds[0] and fds[1], and a byte for whoever reads it. */
void prepare_pipe(struct wait *self);
void wake_pipe(struct wait *self);

/* Sends SIGUSR2, which is blocked but where a wait lets it through; the handler counts it. */
void wake_by_signal(struct wait *self);
/* A mask that lets SIGUSR2 through. */
sigset_t mask_without_wake(void);
/* Whether the call was interrupted, and by SIGUSR2 indeed: it is the thread's own count. */
bool was_woken_by_signal(long result);

/* Not what is waited for. Ends the process if the result is negative. */
int checked(int result, const char *what);
