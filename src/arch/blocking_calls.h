#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"

/*
 * The system calls in which threads wait, and what a stop does to each: tried on Linux 6.18, and
 * read in the kernel's source (fs/select.c, fs/eventpoll.c, kernel/futex, kernel/time).
 */
struct blocking_call {
	int64_t number;
	const char *name;
	bool fails; /* a mere stop makes it return EINTR to the program */
	uint64_t (*time_out)(const uint64_t arguments[6], const struct memory_reader *reader);
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
