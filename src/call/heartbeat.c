#include "call/heartbeat.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "call/memory.h"

struct heartbeat {
	int memory;
	uint64_t address;
	uint64_t count;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t stopped;
	bool stop;
};

static struct timespec next_time(void)
{
	uint64_t time = clock_monotonic() + HEARTBEAT_INTERVAL;

	return (struct timespec){
		(time_t)(time / NANOSECONDS_PER_SECOND), (long)(time % NANOSECONDS_PER_SECOND)};
}

static void *beat(void *argument)
{
	struct heartbeat *heartbeat = argument;
	bool there = true;

	pthread_mutex_lock(&heartbeat->mutex);
	while (!heartbeat->stop) {
		struct timespec until = next_time();

		heartbeat->count++;
		there = there && memory_put(heartbeat->memory, heartbeat->address,
					 &heartbeat->count, sizeof(heartbeat->count));
		pthread_cond_timedwait(&heartbeat->stopped, &heartbeat->mutex, &until);
	}
	pthread_mutex_unlock(&heartbeat->mutex);
	return NULL;
}

static void init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attribute;

	pthread_condattr_init(&attribute);
	pthread_condattr_setclock(&attribute, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attribute);
	pthread_condattr_destroy(&attribute);
}

/* Signals are for the thread that runs commands. */
static int start_thread(struct heartbeat *heartbeat)
{
	sigset_t all, former;
	int failed;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &former);
	failed = pthread_create(&heartbeat->thread, NULL, beat, heartbeat);
	pthread_sigmask(SIG_SETMASK, &former, NULL);
	return failed;
}

static void destroy(struct heartbeat *heartbeat)
{
	pthread_cond_destroy(&heartbeat->stopped);
	pthread_mutex_destroy(&heartbeat->mutex);
	free(heartbeat);
}

struct error *heartbeat_start(int memory, uint64_t address, struct heartbeat **ret)
{
	struct heartbeat *heartbeat = calloc(1, sizeof(*heartbeat));
	int failed;

	if (!heartbeat)
		return &error_no_memory;
	heartbeat->memory = memory;
	heartbeat->address = address;
	pthread_mutex_init(&heartbeat->mutex, NULL);
	init_condition(&heartbeat->stopped);
	failed = start_thread(heartbeat);
	if (failed) {
		destroy(heartbeat);
		return error_from_errno(failed, "cannot start a thread");
	}
	*ret = heartbeat;
	return NULL;
}

void heartbeat_stop(struct heartbeat *heartbeat)
{
	if (!heartbeat)
		return;
	pthread_mutex_lock(&heartbeat->mutex);
	heartbeat->stop = true;
	pthread_cond_signal(&heartbeat->stopped);
	pthread_mutex_unlock(&heartbeat->mutex);
	pthread_join(heartbeat->thread, NULL);
	destroy(heartbeat);
}
