#include "collect/pace.h"

#include <sys/random.h>

#include "base/clock.h"

void pace_start(struct pace *pace, struct target *target, unsigned rate, uint64_t duration)
{
	*pace = (struct pace){
		.target = target,
		.period = NANOSECONDS_PER_SECOND / rate,
		.duration = duration,
		.started = target_now(target),
	};
	pace->next = pace->started;
	if (getrandom(&pace->random, sizeof(pace->random), GRND_NONBLOCK) < 0)
		pace->random = clock_wall();
	pace->random |= 1;
}

uint64_t pace_elapsed(const struct pace *pace)
{
	return target_now(pace->target) - pace->started;
}

static uint64_t draw_interval(struct pace *pace)
{
	pace->random ^= pace->random >> 12;
	pace->random ^= pace->random << 25;
	pace->random ^= pace->random >> 27;
	return pace->period / 2 + pace->random * 0x2545f4914f6cdd1d % (pace->period + 1);
}

uint64_t pace_next(struct pace *pace)
{
	uint64_t end = pace->started + pace->duration, now = target_now(pace->target);

	pace->next += draw_interval(pace);
	if (pace->next <= now)
		pace->next = now + 1;
	return pace->next < end ? pace->next : end;
}

void pace_skip(struct pace *pace, uint64_t time)
{
	pace->started += time;
	pace->next = target_now(pace->target);
}
