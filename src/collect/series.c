#include "collect/series.h"

#include "base/clock.h"

/* What limpet does not look at what has come of its samples for, at most. */
#define SERIES_TIME (100 * NANOSECONDS_PER_MILLISECOND)

void series_pace(struct series *series, bool calm)
{
	series->longest = calm && series->longest ? 2 * series->longest : 1;
	if (series->longest > SERIES_ROUNDS_MAX)
		series->longest = SERIES_ROUNDS_MAX;
}

bool series_is_due(const struct series *series, const struct target *target, size_t threads)
{
	return series->longest > 1 && target_has_series(target) && threads &&
	       threads <= SERIES_THREADS_MAX;
}

void series_draw(struct series *series, struct pace *pace, uint64_t *next_round, uint64_t until)
{
	struct capture_series *captured = &series->captured;
	uint64_t end = *next_round + SERIES_TIME;

	if (end > until)
		end = until;
	for (captured->rounds = 0; captured->rounds < series->longest;) {
		uint64_t time = *next_round;

		captured->times[captured->rounds++] = time;
		*next_round = pace_next(pace);
		/* At its end a pace stands still. */
		if (*next_round > end || *next_round == time)
			break;
	}
}

void series_undraw(const struct series *series, struct pace *pace, uint64_t *next_round)
{
	const struct capture_series *captured = &series->captured;

	if (captured->rounds_done >= captured->rounds)
		return;
	*next_round = captured->times[captured->rounds_done];
	pace_go_back(pace, *next_round);
}

uint64_t series_interval(const struct series *series, size_t round, uint64_t before)
{
	const uint64_t *times = series->captured.times;

	return times[round] - (round ? times[round - 1] : before);
}
