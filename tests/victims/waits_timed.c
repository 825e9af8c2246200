#include <errno.h>
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "victim.h"
#include "waits.h"

static bool wait_in_nanosleep(struct wait *self)
{
	const struct timespec span = timed_wait_span();

	(void)self;
	return nanosleep(&span, NULL) == 0;
}

static bool wait_in_poll(struct wait *self)
{
	(void)self;
	return poll(NULL, 0, (int)(timed_wait / 1000000)) == 0;
}

static bool wait_in_futex(struct wait *self)
{
	const struct timespec span = timed_wait_span();

	return failed_with(
		syscall(SYS_futex, &self->word, FUTEX_WAIT_PRIVATE, 0, &span, NULL, 0), ETIMEDOUT);
}

static void prepare_epoll(struct wait *self)
{
	self->fds[0] = epoll_create1(0);
	if (self->fds[0] < 0)
		fail("epoll_create1: %s", strerror(errno));
}

static bool wait_in_epoll(struct wait *self)
{
	struct epoll_event event;

	return epoll_wait(self->fds[0], &event, 1, (int)(timed_wait / 1000000)) == 0;
}

/* The kernel counts this one in ticks and may be one too early: ask for more than is checked. */
static void prepare_receive(struct wait *self)
{
	const struct timeval limit = {.tv_usec = (suseconds_t)timed_wait / 1000 + 10000};

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, self->fds) < 0 ||
		setsockopt(self->fds[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		fail("socketpair: %s", strerror(errno));
}

static bool wait_in_receive(struct wait *self)
{
	char byte;

	return failed_with(recv(self->fds[0], &byte, 1, 0), EAGAIN);
}

static bool wait_in_sigtimedwait(struct wait *self)
{
	const struct timespec span = timed_wait_span();
	sigset_t signals;

	(void)self;
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR2);
	return failed_with(sigtimedwait(&signals, NULL, &span), EAGAIN);
}

static aio_context_t events_context;

static void prepare_events(struct wait *self)
{
	(void)self;
	if (syscall(SYS_io_setup, 1, &events_context) < 0)
		fail("io_setup: %s", strerror(errno));
}

static bool wait_in_getevents(struct wait *self)
{
	struct timespec limit = timed_wait_span();
	struct io_event event;

	(void)self;
	return syscall(SYS_io_getevents, events_context, 1, 1, &event, &limit) == 0;
}

struct wait timed_waits[] = {
	{.name = "nanosleep-timed", .wait = wait_in_nanosleep, .ends = true},
	{.name = "poll-timed", .wait = wait_in_poll, .ends = true},
	{.name = "futex-timed", .wait = wait_in_futex, .ends = true},
	{.name = "epoll-timed", .prepare = prepare_epoll, .wait = wait_in_epoll, .ends = true},
	{.name = "recv-timed", .prepare = prepare_receive, .wait = wait_in_receive, .ends = true},
	{.name = "sigtimedwait", .wait = wait_in_sigtimedwait, .ends = true},
	{.name = "io_getevents",
		.prepare = prepare_events,
		.wait = wait_in_getevents,
		.ends = true},
};
const size_t timed_wait_count = sizeof(timed_waits) / sizeof(timed_waits[0]);
