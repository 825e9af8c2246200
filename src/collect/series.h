#pragma once

#include "collect/pace.h"
#include "target/target.h"

/*
 * Rounds of samples that the target is asked for at once: as long as the same few threads run,
 * there is nothing for limpet to decide between two of them. They become longer the longer that is
 * so, up to a tenth of a second. All times are the target's, ns.
 */
struct series {
	struct capture_series captured;
	size_t longest; /* rounds of the next one at most */
};

/* After each series, or round: whether another look at the threads would have changed nothing. */
void series_pace(struct series *series, bool calm);

/* Whether so many threads are to be captured in a series, and not in a single round. */
bool series_is_due(const struct series *series, const struct target *target, size_t threads);

/* Draws times from *next_round on, none after until; the time behind them is the next round's. */
void series_draw(struct series *series, struct pace *pace, uint64_t *next_round, uint64_t until);

/* After the capture: the rounds that it has left out are still to come. */
void series_undraw(const struct series *series, struct pace *pace, uint64_t *next_round);

/* From the round before to that one; before: when the one before the series was. */
uint64_t series_interval(const struct series *series, size_t round, uint64_t before);
