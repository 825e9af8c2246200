#include "clock.h"

#include <errno.h>
#include <time.h>

uint64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

void clock_sleep_until(uint64_t moment)
{
	const struct timespec until = {
		.tv_sec = (time_t)(moment / SECOND), .tv_nsec = (long)(moment % SECOND)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

void clock_sleep(uint64_t nanoseconds)
{
	clock_sleep_until(clock_now() + nanoseconds);
}
