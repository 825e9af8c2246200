/*
 * spinners THREADS: so many threads compute without end, 30 frames deep. It says "ready", and to
 * each line of stdin how many rounds all of them have made until now, and at what time, ns.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#define DEPTH 30
#define STEPS 1000000

static atomic_uint_fast64_t rounds;

static __attribute__((noinline)) uint64_t compute(unsigned depth)
{
	volatile uint64_t value = depth;

	if (depth) {
		value += compute(depth - 1);
		return value;
	}
	for (unsigned i = 0; i < STEPS; i++)
		value += i;
	atomic_fetch_add(&rounds, 1);
	return value;
}

static void *spin(void *unused)
{
	for (;;)
		compute(DEPTH);
	return unused;
}

int main(int count, char **arguments)
{
	int threads = count == 2 ? atoi(arguments[1]) : 1;
	char line[64];

	for (int i = 0; i < threads; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, spin, NULL))
			return 1;
	}
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		printf("%" PRIuFAST64 " %" PRIu64 "\n", atomic_load(&rounds), clock_monotonic());
		fflush(stdout);
	}
	return 0;
}
