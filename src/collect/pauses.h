#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * How many pauses there were of which length. Lengths are told apart to an eighth; those of 18
 * minutes or more are one.
 */

#define PAUSES_STEPS  8 /* of an octave */
#define PAUSES_COUNTS (38 * PAUSES_STEPS)

struct pauses {
	uint64_t counts[PAUSES_COUNTS];
};

/* ns */
void pauses_add(struct pauses *pauses, uint64_t length);

/* Takes away those of an earlier state. */
void pauses_subtract(struct pauses *pauses, const struct pauses *earlier);

/* The longest, ns, that is counted in that place; of the last one it is no bound. */
uint64_t pauses_longest_at(size_t place);

/* The length, ns, that so many percent of them do not exceed; 0 if there are none. */
uint64_t pauses_percentile(const struct pauses *pauses, unsigned percent);
