#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * In which order a process's worker does what is asked for. It does one thing at a time; a capture
 * takes long, and other commands must not wait for it: they come between, after which the capture
 * goes on with what is left of its time, in slices. All times are ns; instants are monotonic.
 */

/* What a capture gets between two other commands at least, so that it gets on. */
#define SCHEDULE_SLICE_LEAST UINT64_C(500000000)

struct schedule_capture {
	uint64_t left;     /* that it still has to sample */
	uint64_t deadline; /* when it ends with what it has: others were in its way too long */
	uint64_t since;    /* when the slice began that runs; 0: none does */
};

/* One that is to take so long, from now on. */
struct schedule_capture schedule_capture_begin(uint64_t duration, uint64_t now);

/* How long the next slice is to be; 0: the capture has all that it will get. */
uint64_t schedule_slice(const struct schedule_capture *capture, uint64_t now);

/* After one of that length. cut: it was interrupted, so that there may be more to come. */
void schedule_slice_ended(struct schedule_capture *capture, uint64_t length, bool cut);

struct schedule {
	size_t waiting;                   /* commands that take no time of their own */
	size_t turns;                     /* how many of them are run before the capture goes on */
	struct schedule_capture *capture; /* NULL: none */
};

enum schedule_next {
	SCHEDULE_NOTHING,
	SCHEDULE_COMMAND,
	SCHEDULE_CAPTURE, /* its next slice, or if there is none what ends it */
};

/* For a worker that is idle. */
enum schedule_next schedule_next(const struct schedule *schedule);

/* When the slice that runs is to be interrupted for what waits; UINT64_MAX: it is not. */
uint64_t schedule_interrupt_at(const struct schedule *schedule);

/* To be told of each command, and of each slice that has ended. */
void schedule_command_began(struct schedule *schedule);
void schedule_slice_done(struct schedule *schedule);
