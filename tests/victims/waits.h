#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Threads in blocking system calls, which must never notice a profiler. One that does says so at
 * once, in a line: "EINTR NAME", "BAD NAME: why", "EARLY NAME", "MASK NAME", "STUCK NAME".
 */

struct wait {
	const char *name;
	void (*prepare)(struct wait *self); /* or NULL; once, before its thread starts */
	bool (*wait)(struct wait *self);    /* one call; whether it did what was asked */
	void (*wake)(struct wait *self);    /* NULL: nobody wakes it */
	bool ends; /* by itself, after TIMED_WAIT, and counts as served then */
	int fds[2];
	unsigned long wakes;
	atomic_ulong served;
};

#define TIMED_WAIT 3000000 /* ns */

/* Those that last until they are woken, and those that end by themselves. */
extern struct wait endless_waits[];
extern const size_t endless_wait_count;
extern struct wait timed_waits[];
extern const size_t timed_wait_count;

/* Prints a line about something that must not happen, and counts it; a flood is cut. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
unsigned long complaint_count(void);

/* Complains if this thread's signal mask is not the one that start_waits() found, and puts it back.
 */
void check_signal_mask(const char *name);

/* Starts a thread for each wait; the endless ones are asleep on return. */
void start_waits(struct wait *waits, size_t count);

/* Wakes each one that can be woken, once; returns when all have served it or one is stuck. */
void wake_waits(struct wait *waits, size_t count);

/* Appends " NAME=SERVED" for each to a line. */
void append_served(char *line, size_t size, struct wait *waits, size_t count);
