/*
 * signals: threads that take SIGUSR1, SIGCHLD, SIGTERM and SIGRTMIN while they read, sleep and wait
 * for events. "check" adds usr1= chld= term= realtime=, the signals taken. It complains of a call
 * that was interrupted though no handler ran, and "HANDLER" of one that ran on a foreign stack.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "answers.h"
#include "victim.h"
#include "waits.h"

#define PAUSE    2000000 /* ns */
#define PAUSE_MS 2

static const struct {
	const char *name;
	int offset; /* to SIGRTMIN where it is negative, less one */
} taken[] = {{"usr1", SIGUSR1}, {"chld", SIGCHLD}, {"term", SIGTERM}, {"realtime", -1}};

#define TAKEN (sizeof(taken) / sizeof(taken[0]))

static atomic_ulong counts[NSIG];
static __thread volatile unsigned long handled;
static __thread uintptr_t stack_begin, stack_end;
static int empty_pipe[2], empty_epoll;

static int number_of(size_t index)
{
	return taken[index].offset > 0 ? taken[index].offset : SIGRTMIN;
}

static void take(int number)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	handled++;
	atomic_fetch_add(&counts[number], 1);
	if (here < stack_begin || here >= stack_end)
		complain("HANDLER of signal %d on a foreign stack", number);
}

static void find_stack(void)
{
	pthread_attr_t attributes;
	size_t size;
	void *begin;

	pthread_getattr_np(pthread_self(), &attributes);
	pthread_attr_getstack(&attributes, &begin, &size);
	pthread_attr_destroy(&attributes);
	stack_begin = (uintptr_t)begin;
	stack_end = stack_begin + size;
}

static void set_blocked(int how)
{
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < TAKEN; i++)
		sigaddset(&signals, number_of(i));
	pthread_sigmask(how, &signals, NULL);
}

static bool read_once(void)
{
	char byte;

	return read(empty_pipe[0], &byte, 1) == 1;
}

static bool sleep_once(void)
{
	const struct timespec pause = {.tv_nsec = PAUSE};

	return nanosleep(&pause, NULL) == 0;
}

/* It may be interrupted by a signal that another thread then takes. */
static bool await_event(void)
{
	struct epoll_event event;

	return epoll_wait(empty_epoll, &event, 1, PAUSE_MS) == 0 || errno == EINTR;
}

static void *take_for_ever(void *argument)
{
	bool (*const *wait)(void) = argument;

	find_stack();
	set_blocked(SIG_UNBLOCK);
	for (;;) {
		unsigned long before = handled;

		if ((*wait)() || (errno == EINTR && handled != before))
			continue;
		complain("EINTR in signals: %s", strerror(errno));
	}
	return NULL;
}

static void append_counts(char *line, size_t size)
{
	for (size_t i = 0; i < TAKEN; i++)
		append(line, size, " %s=%lu", taken[i].name, atomic_load(&counts[number_of(i)]));
}

int main(void)
{
	static bool (*waits[])(void) = {read_once, sleep_once, await_event};
	static const char *const names[] = {"reader", "sleeper", "awaiter"};
	const struct sigaction action = {.sa_handler = take, .sa_flags = SA_RESTART};

	victim_start();
	set_blocked(SIG_BLOCK);
	empty_epoll = epoll_create1(0);
	if (empty_epoll < 0 || pipe(empty_pipe) < 0)
		fail("pipe: %s", strerror(errno));
	for (size_t i = 0; i < TAKEN; i++)
		sigaction(number_of(i), &action, NULL);
	for (size_t i = 0; i < 3; i++)
		spawn(names[i], take_for_ever, &waits[i]);
	answer_commands(append_counts, NULL);
}
