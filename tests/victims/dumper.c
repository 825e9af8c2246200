/*
 * dumper [THREADS [ROUNDS]]: threads dumper-N allocate blocks of 8 bytes to 1 MiB from stacks of
 * ten depths, and free every third one. After each round jemalloc writes a dump under a name of its
 * own choice; then the program ends. With MALLOC_CONF=prof:true.
 */
#include <jemalloc/jemalloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "victim.h"

#define DEPTHS       10
#define BLOCKS       2000
#define MOST_ROUNDS  16
#define MOST_THREADS 16

struct dumper {
	char name[16];
	unsigned int seed;
	long rounds;
	void *kept[MOST_ROUNDS * BLOCKS];
};

static struct dumper dumpers[MOST_THREADS];
static pthread_barrier_t allocated, dumped;

/* The frame of each depth is kept, as what it returns is changed behind the call. */
KEEP static uintptr_t allocate(unsigned int depth, size_t size)
{
	return depth ? ~allocate(depth - 1, size) : (uintptr_t)malloc(size);
}

static void allocate_round(struct dumper *dumper, void **kept)
{
	for (size_t i = 0; i < BLOCKS; i++) {
		unsigned int depth = 2 * ((unsigned int)rand_r(&dumper->seed) % DEPTHS);
		size_t size = 8UL << (rand_r(&dumper->seed) % (i % 100 ? 10 : 18));

		kept[i] = (void *)allocate(depth, size);
		if (!kept[i])
			fail("out of memory");
	}
	for (size_t i = 0; i < BLOCKS; i += 3)
		free(kept[i]);
}

static void *run(void *argument)
{
	struct dumper *dumper = argument;
	const char *name = dumper->name;

	mallctl("thread.prof.name", NULL, NULL, &name, sizeof(name));
	for (long round = 0; round < dumper->rounds; round++) {
		allocate_round(dumper, dumper->kept + round * BLOCKS);
		pthread_barrier_wait(&allocated);
		pthread_barrier_wait(&dumped);
	}
	return NULL;
}

int main(int count, char **arguments)
{
	long threads = number_argument(count, arguments, 1, 1);
	long rounds = number_argument(count, arguments, 2, 1);

	victim_start();
	if (threads > MOST_THREADS || rounds > MOST_ROUNDS)
		fail("at most %d threads and %d rounds", MOST_THREADS, MOST_ROUNDS);
	pthread_barrier_init(&allocated, NULL, (unsigned int)threads + 1);
	pthread_barrier_init(&dumped, NULL, (unsigned int)threads + 1);
	for (long i = 0; i < threads; i++) {
		dumpers[i].seed = (unsigned int)i;
		dumpers[i].rounds = rounds;
		snprintf(dumpers[i].name, sizeof(dumpers[i].name), "dumper-%ld", i + 1);
		spawn(dumpers[i].name, run, &dumpers[i]);
	}
	for (long round = 0; round < rounds; round++) {
		pthread_barrier_wait(&allocated);
		int status = mallctl("prof.dump", NULL, NULL, NULL, 0);
		if (status)
			fail("prof.dump: error %d", status);
		pthread_barrier_wait(&dumped);
	}
	return 0;
}
