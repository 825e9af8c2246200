#include "base/clock.h"

static uint64_t read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t clock_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}

uint64_t clock_own_cpu(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static struct timespec to_timespec(uint64_t nanoseconds)
{
	return (struct timespec){
		.tv_sec = (time_t)(nanoseconds / NANOSECONDS_PER_SECOND),
		.tv_nsec = (long)(nanoseconds % NANOSECONDS_PER_SECOND),
	};
}

struct timespec clock_time_left(uint64_t monotonic)
{
	uint64_t now = clock_monotonic();

	return to_timespec(now < monotonic ? monotonic - now : 0);
}

void clock_sleep_until(uint64_t monotonic)
{
	struct timespec until = to_timespec(monotonic);

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

void clock_sleep(uint64_t nanoseconds)
{
	struct timespec length = to_timespec(nanoseconds);

	clock_nanosleep(CLOCK_MONOTONIC, 0, &length, NULL);
}

void clock_back_off(uint64_t *pause, uint64_t longest)
{
	clock_sleep(*pause);
	*pause = *pause * 2 < longest ? *pause * 2 : longest;
}
