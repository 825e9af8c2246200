#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/error.h"

/*
 * What `on` waits for:
 *
 *	rss > 2G	cpu > 80%	cpu > 3.5	threads >= 200	fds > 1000
 *	growth 10%/min	growth 50M/h	allocated > 2G	ctl NAME > VALUE
 *	exit	signal USR1	time 03:00	every 10m
 *
 * each with "for DURATION" behind it, where that makes sense, and "repeat".
 */

enum condition_kind {
	CONDITION_RESIDENT,
	CONDITION_CPU,
	CONDITION_THREADS,
	CONDITION_DESCRIPTORS,
	CONDITION_CTL,
	CONDITION_GROWTH,
	CONDITION_EXIT,
	CONDITION_SIGNAL,
	CONDITION_TIME,
	CONDITION_EVERY,
};

enum condition_order { ORDER_ABOVE, ORDER_AT_LEAST, ORDER_BELOW, ORDER_AT_MOST };

#define CONDITION_NAME_SIZE 128 /* MALLCTL_NAME_SIZE */

struct condition {
	enum condition_kind kind;
	enum condition_order order; /* of a figure */
	/* Bytes, cores, a count; of growth, bytes or parts of the size, in a second. */
	double limit;
	bool relative;                  /* growth is in parts of the size */
	char name[CONDITION_NAME_SIZE]; /* of a ctl */
	uint64_t duration; /* ns: for how long; of growth, over how long; of every, how often */
	int signal;
	unsigned second_of_day; /* local time */
	bool repeat;
};

/* ERROR_USAGE, with what there is as the hint. */
struct error *condition_parse(const char *text, struct condition *ret) MUST_CHECK;

/* Whether it is about a process: all but signal, time and every. */
bool condition_needs_process(const struct condition *condition);
/* Whether it is a figure or a rate, which is met for some time, and not an event. */
bool condition_is_level(const struct condition *condition);

/* Of a figure that was read. */
bool condition_holds(const struct condition *condition, double value);

/* The next time of day, after now. */
time_t condition_next_time(const struct condition *condition, time_t now);
