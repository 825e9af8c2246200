/*
 * short_lived: threads that live for about a millisecond of CPU time, a few at a time, for ever.
 * The command "count" prints "count N": how many have ended.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "victim.h"

#define AT_ONCE 4
#define LIFE    1000000 /* ns */
#define STEPS   10000

static atomic_long ended;

static long thread_time(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return used.tv_sec * 1000000000L + used.tv_nsec;
}

KEEP static void live_shortly(void)
{
	while (thread_time() < LIFE)
		work(STEPS);
}

static void *live(void *unused)
{
	live_shortly();
	atomic_fetch_add(&ended, 1);
	return unused;
}

static void *breed(void *unused)
{
	pthread_t threads[AT_ONCE];

	for (;;) {
		for (int i = 0; i < AT_ONCE; i++)
			if (pthread_create(&threads[i], NULL, live, NULL))
				fail("cannot start a thread");
		for (int i = 0; i < AT_ONCE; i++)
			pthread_join(threads[i], NULL);
	}
	return unused;
}

int main(void)
{
	char line[16];

	victim_start();
	spawn("breeder", breed, NULL);
	say("ready");
	for (;;) {
		read_command(line, sizeof(line));
		if (strcmp(line, "count") == 0)
			say("count %ld", atomic_load(&ended));
	}
}
