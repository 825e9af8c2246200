/* cancelled: threads that wait are cancelled, and must end, clean up, and say so. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "answers.h"
#include "victim.h"
#include "waits.h"

#define PATIENCE 60       /* s */
#define PAUSE    30000000 /* ns that it waits undisturbed */

static atomic_ulong cleanups;
static atomic_int waiter;
static unsigned long cancels;
static int nothing[2];

static void clean_up(void *unused)
{
	(void)unused;
	atomic_fetch_add(&cleanups, 1);
}

static void *wait_to_be_cancelled(void *unused)
{
	char byte;

	pthread_setname_np(pthread_self(), "waiter");
	pthread_cleanup_push(clean_up, NULL);
	atomic_store(&waiter, gettid());
	for (;;)
		if (read(nothing[0], &byte, 1) < 0)
			complain("BAD read: %s", strerror(errno));
	pthread_cleanup_pop(0);
	return unused;
}

static void cancel(void *unused)
{
	const struct timespec pause = {.tv_nsec = PAUSE};
	struct timespec deadline;
	pthread_t thread;
	void *result = NULL;

	(void)unused;
	atomic_store(&waiter, 0);
	if (pthread_create(&thread, NULL, wait_to_be_cancelled, NULL))
		fail("no thread");
	while (!atomic_load(&waiter))
		usleep(100);
	nanosleep(&pause, NULL);
	pthread_cancel(thread);
	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += PATIENCE;
	if (pthread_timedjoin_np(thread, &result, &deadline))
		complain("STUCK cancelled thread");
	else if (result != PTHREAD_CANCELED || atomic_load(&cleanups) != ++cancels)
		complain("BAD end of a cancelled thread");
}

static void append_cancels(char *line, size_t size)
{
	append(line, size, " cancels=%lu", cancels);
}

int main(void)
{
	victim_start();
	if (pipe(nothing) < 0)
		fail("pipe: %s", strerror(errno));
	spawn_worker("canceller", cancel, NULL);
	answer_commands(append_cancels, NULL);
}
