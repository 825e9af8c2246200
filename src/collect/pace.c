#include "collect/pace.h"

#include "base/clock.h"
#include "base/random.h"

void pace_start(struct pace *pace, struct target *target, unsigned rate, uint64_t duration)
{
	*pace = (struct pace){
		.target = target,
		.period = NANOSECONDS_PER_SECOND / rate,
		.duration = duration,
		.started = target_now(target),
	};
	pace->next = pace->started;
	random_seed(&pace->random);
}

uint64_t pace_elapsed(const struct pace *pace)
{
	return target_now(pace->target) - pace->started;
}

static uint64_t draw_interval(struct pace *pace)
{
	return pace->period / 2 + random_next(&pace->random) % (pace->period + 1);
}

uint64_t pace_next(struct pace *pace)
{
	uint64_t end = pace->started + pace->duration, now = target_now(pace->target);

	pace->next += draw_interval(pace);
	if (pace->next <= now)
		pace->next = now + 1;
	return pace->next < end ? pace->next : end;
}

void pace_go_back(struct pace *pace, uint64_t time)
{
	pace->next = time;
}

void pace_skip(struct pace *pace, uint64_t time)
{
	pace->started += time;
	pace->next = target_now(pace->target);
}
