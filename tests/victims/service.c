/*
 * service: what the documentation is tried on, with functions called as there. Threads worker-1 to
 * worker-4 handle requests: each takes some CPU time, and keeps a part of what it allocates for
 * good, as long as there is room. main does a little now and then, in a copy of its own of all
 * that, until stdin ends; a thread does nothing. With
 * MALLOC_CONF=prof:true,prof_active:false,prof_accum:true.
 */
#include <jemalloc/jemalloc.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "victim.h"

#define WORKERS   4
#define REST      10      /* ms */
#define STEPS     2000000 /* a millisecond or so */
#define REQUEST   2048
#define REPLY     2048
#define MOST_KEPT 30000 /* of a worker: 117 MiB, after five minutes */

struct worker {
	char name[16];
	unsigned int kept;
	void *requests[MOST_KEPT];
	void *replies[MOST_KEPT];
};

static struct worker workers[WORKERS + 1];

KEEP static uintptr_t parse_request(struct worker *worker)
{
	void *request = worker->kept < MOST_KEPT ? calloc(1, REQUEST) : NULL;

	work(STEPS);
	if (!request)
		return 0;
	worker->requests[worker->kept] = request;
	return (uintptr_t)request;
}

KEEP static char *xmalloc(size_t size)
{
	char *memory = malloc(size);

	if (!memory)
		fail("out of memory");
	memset(memory, 1, size);
	return memory;
}

KEEP static uintptr_t remember_reply(struct worker *worker)
{
	char *reply = xmalloc(REPLY);

	if (worker->kept == MOST_KEPT) {
		free(reply);
		return 0;
	}
	worker->replies[worker->kept++] = reply;
	return (uintptr_t)reply;
}

KEEP static uintptr_t handle_request(struct worker *worker)
{
	return parse_request(worker) + remember_reply(worker);
}

static void *run(void *argument)
{
	struct timespec rest = {.tv_nsec = REST * 1000000};

	for (;;) {
		nanosleep(&rest, NULL);
		handle_request(argument);
	}
	return NULL;
}

static void *idle(void *argument)
{
	(void)argument;
	for (;;)
		pause();
	return NULL;
}

int main(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	victim_start();
	for (int i = 0; i < WORKERS; i++) {
		snprintf(workers[i].name, sizeof(workers[i].name), "worker-%d", i + 1);
		spawn(workers[i].name, run, &workers[i]);
	}
	spawn("idle", idle, NULL);
	say("ready");
	while (!poll(&input, 1, 2 * REST)) {
		work(STEPS);
		handle_request(&workers[WORKERS]);
	}
}
