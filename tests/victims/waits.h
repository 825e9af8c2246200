#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/*
 * Threads in blocking system calls, which must never notice a profiler. One that does says so at
 * once, in a line: "EINTR NAME", "BAD NAME: why", "EARLY NAME", "ERRNO NAME", "MASK NAME",
 * "ALTSTACK NAME", "STUCK NAME".
 */

struct wait {
	const char *name;
	void (*prepare)(struct wait *self); /* or NULL; once, before its thread starts */
	bool (*wait)(struct wait *self);    /* one call; whether it did what was asked */
	void (*wake)(struct wait *self);    /* NULL: nobody wakes it */
	bool ends; /* by itself, after timed_wait, and counts as served then */
	int fds[4];
	atomic_int tid;
	atomic_uint word; /* for a futex, or what the wait and its waker agree upon */
	bool stuck;
	unsigned long wakes;
	atomic_ulong served;
	atomic_ulong latest; /* us that it ended after timed_wait, at most */
	atomic_ulong late;   /* times that it took twice as long or longer */
};

/* ns; to be set before the first wait starts. */
extern unsigned long timed_wait;

/* timed_wait from now on, and as a length. */
struct timespec timed_wait_span(void);
struct timespec timed_wait_end(clockid_t clock);

/* What errno is before each wait, and must be afterwards. */
#define UNTOUCHED 7777

/* Whether the call failed with this error, as it was to; errno is untouched again. */
bool failed_with(long result, int expected);

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

/*
 * Wakes each one that can be woken, once; returns when all have served it or are stuck: those are
 * left alone from then on.
 */
void wake_waits(struct wait *waits, size_t count);

/* Appends " NAME=SERVED" for each to a line. */
void append_served(char *line, size_t size, struct wait *waits, size_t count);
