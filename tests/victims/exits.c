/* exits [MILLISECONDS]: burns CPU on its only thread, then exits with status 7. */
#include <stdlib.h>
#include <time.h>

#include "victim.h"

#define STEPS  100000
#define STATUS 7

KEEP static void burn_until_exit(void)
{
	work(STEPS);
}

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int main(int count, char **arguments)
{
	long end = milliseconds() + number_argument(count, arguments, 1, 1000);

	victim_start();
	say("ready");
	while (milliseconds() < end)
		burn_until_exit();
	exit(STATUS);
}
