/*
 * split [THREADS]: threads named burner-N whose CPU time goes 1:2 to burn_light() and burn_heavy(),
 * each below two callers of its own. With 0 threads the main thread burns, and no other exists.
 */
#include <stdio.h>

#include "victim.h"

#define UNIT         100000
#define MOST_THREADS 64

KEEP static void burn_light(void)
{
	work(UNIT);
}

KEEP static void burn_heavy(void)
{
	work(2 * UNIT);
}

KEEP static void light_inner(void)
{
	burn_light();
}

KEEP static void light_outer(void)
{
	light_inner();
}

KEEP static void heavy_inner(void)
{
	burn_heavy();
}

KEEP static void heavy_outer(void)
{
	heavy_inner();
}

KEEP static void *burn(void *unused)
{
	(void)unused;
	for (;;) {
		light_outer();
		heavy_outer();
	}
	return NULL;
}

int main(int count, char **arguments)
{
	static char names[MOST_THREADS][16];
	long threads = number_argument(count, arguments, 1, 1);

	victim_start();
	if (threads > MOST_THREADS)
		fail("at most %d threads", MOST_THREADS);
	for (long i = 0; i < threads; i++) {
		snprintf(names[i], sizeof(names[i]), "burner-%ld", i + 1);
		spawn(names[i], burn, NULL);
	}
	if (threads)
		wait_for_end();
	say("ready");
	burn(NULL);
}
