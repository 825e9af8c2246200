#include "push/pause.h"

#include "base/clock.h"
#include "base/random.h"

void push_pause_init(const struct push_options *options, struct push_pause *ret)
{
	*ret = (struct push_pause){
		.first = options->pause ? options->pause : NANOSECONDS_PER_SECOND,
		.longest = options->pause_max ? options->pause_max : 30 * NANOSECONDS_PER_SECOND,
	};
	random_seed(&ret->random);
	push_pause_reset(ret);
}

/* Many that have lost the same server do not all come back at the same instant. */
uint64_t push_pause_next(struct push_pause *pause, uint64_t retry_after)
{
	uint64_t length = pause->now;
	uint64_t chosen = length - random_next(&pause->random) % (length / 2 + 1);

	pause->now = length * 2 < pause->longest ? length * 2 : pause->longest;
	if (chosen < retry_after)
		chosen = retry_after + random_next(&pause->random) % (pause->first + 1);
	return chosen;
}

void push_pause_reset(struct push_pause *pause)
{
	pause->now = pause->first < pause->longest ? pause->first : pause->longest;
}
