/*
 * musl LIBRARY [WAIT]...: a program to be linked with musl, built by tests/live/musl.sh. The first
 * thread loads LIBRARY, whose constructor, below in this file, reads from stdin until that ends: it
 * is in the loader all the time; "-": it reads itself. A thread for each WAIT, named after
 * it, waits so; "sort" sorts, and "user" becomes nobody and itself again where it is root, in which
 * all threads take part, and says "change N".
 */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "victim.h"

#ifdef CONSTRUCTOR
__attribute__((constructor))
#endif
static void
read_to_the_end(void)
{
	char byte;

	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	_exit(0);
}

#ifndef CONSTRUCTOR

#define VALUES 20000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, held = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;

KEEP static void *wait_condition(void *unused)
{
	pthread_mutex_lock(&mutex);
	for (;;)
		pthread_cond_wait(&condition, &mutex);
	return unused;
}

KEEP static void *wait_semaphore(void *unused)
{
	for (;;)
		sem_wait(&semaphore);
	return unused;
}

KEEP static void *wait_barrier(void *unused)
{
	pthread_barrier_wait(&barrier);
	return unused;
}

KEEP static void *wait_poll(void *unused)
{
	for (;;)
		poll(NULL, 0, -1);
	return unused;
}

KEEP static void *wait_pause(void *unused)
{
	for (;;)
		pause();
	return unused;
}

KEEP static void *wait_lock(void *unused)
{
	pthread_mutex_lock(&held);
	return unused;
}

static void handle(int signal)
{
	(void)signal;
	poll(NULL, 0, -1);
}

KEEP static void *wait_handler(void *unused)
{
	signal(SIGUSR1, handle);
	pthread_kill(pthread_self(), SIGUSR1);
	return unused;
}

KEEP static int compare(const void *left, const void *right)
{
	const int *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

KEEP static void *sort(void *unused)
{
	static int values[VALUES];
	unsigned seed = 1;

	for (;;) {
		for (int i = 0; i < VALUES; i++)
			values[i] = rand_r(&seed);
		qsort(values, VALUES, sizeof(values[0]), compare);
	}
	return unused;
}

KEEP static void *change_user(void *unused)
{
	const uid_t own = geteuid();

	for (unsigned long changes = 1;; changes++) {
		if (own == 0 && (setresuid(-1, 65534, -1) || setresuid(-1, own, -1)))
			fail("setresuid: %s", strerror(errno));
		say("change %lu", changes);
		usleep(100 * 1000);
	}
	return unused;
}

static const struct {
	const char *name;
	void *(*run)(void *);
} waits[] = {
	{"condition", wait_condition},
	{"semaphore", wait_semaphore},
	{"barrier", wait_barrier},
	{"poll", wait_poll},
	{"pause", wait_pause},
	{"lock", wait_lock},
	{"handler", wait_handler},
	{"sort", sort},
	{"user", change_user},
};

static void start(const char *name)
{
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		if (strcmp(waits[i].name, name) == 0) {
			spawn(waits[i].name, waits[i].run, NULL);
			return;
		}
	fail("no wait '%s'", name);
}

int main(int count, char **arguments)
{
	victim_start();
	pthread_mutex_lock(&held);
	pthread_barrier_init(&barrier, NULL, 2);
	sem_init(&semaphore, 0, 0);
	for (int i = 2; i < count; i++)
		start(arguments[i]);
	say("ready");
	if (strcmp(arguments[1], "-") == 0)
		read_to_the_end();
	dlopen(arguments[1], RTLD_NOW);
	fail("dlopen: %s", dlerror());
}

#endif
