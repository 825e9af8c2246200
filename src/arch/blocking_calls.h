#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arch/raw_registers.h"
#include "base/reader.h"

enum time_out_form {
	TIME_OUT_FIXED, /* none, or one that is not the caller's to change */
	TIME_OUT_MILLISECONDS,
	TIME_OUT_TIMESPEC, /* address of one, which the kernel reads as the call begins */
};

/*
 * The system calls in which threads wait, and what a stop does to each: tried on Linux 6.18, and
 * read in the kernel's source (fs/select.c, fs/eventpoll.c, kernel/futex, kernel/time).
 */
struct blocking_call {
	int64_t number;
	const char *name;
	bool fails;    /* a mere stop makes it return EINTR to the program */
	bool receives; /* from argument 0, which may be a socket with SO_RCVTIMEO: see socket(7) */
	/* Where form does not say it all; NULL: it does. */
	uint64_t (*time_out)(const uint64_t arguments[6], const struct memory_reader *reader);
	enum time_out_form form; /* of a relative time-out that can be made shorter */
	unsigned time_argument;  /* its index */
	unsigned written;        /* n: argument n - 1 is where the time left is written at a stop */
};

/* NULL for a system call that is not known to wait. */
const struct blocking_call *blocking_call_find(int64_t number);

#define TIME_OUT_UNKNOWN UINT64_MAX

/*
 * How much longer the call may take when it is entered anew, in ns: its relative time-out; 0 if it
 * has none, or one that the kernel keeps up to date or that is a point in time. TIME_OUT_UNKNOWN
 * also for what may be half done, and would return short after a stop.
 */
uint64_t blocking_call_time_out(const struct blocking_call *call, const uint64_t arguments[6],
	const struct memory_reader *reader);

/* The address of the BLOCKING_CALL_WRITTEN bytes that change whenever the call is stopped; 0: none.
 */
uint64_t blocking_call_written(const struct blocking_call *call, const uint64_t arguments[6]);
#define BLOCKING_CALL_WRITTEN 16 /* struct timespec, struct timeval */

/*
 * What a relative time-out is to be when its system call is entered again, so that it does not
 * start over.
 */
struct time_left {
	bool replaces; /* false: all arguments stay as they are */
	/* Only for a thread in this very call. */
	int64_t system_call;
	uint64_t arguments[6];
	uint64_t sleeps; /* in this very sleep: how often it has gone to sleep by now */
	uint64_t until;  /* monotonic ns: later, that call has ended, and this is another one */
	/* What becomes of one of them. */
	unsigned argument;
	uint64_t value;
	uint64_t scratch; /* run-time address of timespec, to be written before; 0: there is none */
	uint64_t timespec[2];
};

/*
 * For a call with a relative time-out, of which left ns remain. scratch: 16 bytes of memory that
 * last; 0: none, and then a time-out by address cannot be replaced.
 */
struct time_left time_left_of(const struct blocking_call *call, const uint64_t arguments[6],
	uint64_t left, uint64_t scratch);

/* Whether a thread that was found with these registers is in that call. */
bool time_left_concerns(const struct time_left *left, const struct raw_registers *found);
