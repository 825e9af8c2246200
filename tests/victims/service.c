/*
 * service: what the documentation is tried on. Threads worker-1 to worker-4 handle requests: each
 * takes some CPU time, and keeps a part of what it allocates for good, as long as there is room.
 * With MALLOC_CONF=prof:true,prof_active:false,prof_accum:true.
 */
#include <jemalloc/jemalloc.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "victim.h"

#define WORKERS   4
#define REST      10000000 /* ns */
#define STEPS     2000000  /* a millisecond or so */
#define REPLY     65536
#define MOST_KEPT 1000 /* of a worker: 62 MiB */

struct worker {
	char name[16];
	unsigned int kept;
	void *replies[MOST_KEPT];
};

static struct worker workers[WORKERS];

KEEP static uintptr_t parse_request(void)
{
	work(STEPS);
	return 1;
}

KEEP static uintptr_t remember_reply(struct worker *worker)
{
	char *reply = malloc(REPLY);

	if (!reply)
		fail("out of memory");
	memset(reply, 1, REPLY);
	if (worker->kept == MOST_KEPT) {
		free(reply);
		return 0;
	}
	worker->replies[worker->kept++] = reply;
	return (uintptr_t)reply;
}

KEEP static uintptr_t handle_request(struct worker *worker)
{
	return parse_request() + remember_reply(worker);
}

static void *run(void *argument)
{
	struct timespec rest = {.tv_nsec = REST};

	for (;;) {
		nanosleep(&rest, NULL);
		handle_request(argument);
	}
	return NULL;
}

int main(void)
{
	victim_start();
	for (int i = 0; i < WORKERS; i++) {
		snprintf(workers[i].name, sizeof(workers[i].name), "worker-%d", i + 1);
		spawn(workers[i].name, run, &workers[i]);
	}
	wait_for_end();
}
