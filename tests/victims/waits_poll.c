#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "victim.h"
#include "waits_all.h"

static int milliseconds(void)
{
	return (int)(timed_wait / 1000000);
}

static bool poll_endless(struct wait *self)
{
	struct pollfd wanted = {.fd = self->fds[1], .events = POLLIN};

	return poll(&wanted, 1, -1) == 1 && take_eventfd(self);
}

static bool poll_timed(struct wait *self)
{
	struct pollfd wanted = {.fd = self->fds[1], .events = POLLIN};

	return poll(&wanted, 1, milliseconds()) == 0;
}

static bool ppoll_endless(struct wait *self)
{
	struct pollfd wanted = {.fd = self->fds[1], .events = POLLIN};

	return ppoll(&wanted, 1, NULL, NULL) == 1 && take_eventfd(self);
}

static bool ppoll_timed(struct wait *self)
{
	struct pollfd wanted = {.fd = self->fds[1], .events = POLLIN};
	const struct timespec span = timed_wait_span();

	return ppoll(&wanted, 1, &span, NULL) == 0;
}

static bool ppoll_masked(struct wait *self)
{
	struct pollfd wanted = {.fd = self->fds[1], .events = POLLIN};
	const sigset_t mask = mask_without_wake();

	return was_woken_by_signal(ppoll(&wanted, 1, NULL, &mask));
}

/* The C library makes another call of it. */
static long select_one(struct wait *self, struct timeval *time)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(self->fds[1], &set);
#ifdef SYS_select
	return syscall(SYS_select, self->fds[1] + 1, &set, NULL, NULL, time);
#else
	return select(self->fds[1] + 1, &set, NULL, NULL, time);
#endif
}

static bool select_endless(struct wait *self)
{
	return select_one(self, NULL) == 1 && take_eventfd(self);
}

static bool select_timed(struct wait *self)
{
	const struct timespec span = timed_wait_span();
	struct timeval time = {span.tv_sec, span.tv_nsec / 1000};

	return select_one(self, &time) == 0;
}

static int pselect_one(struct wait *self, const struct timespec *span, const sigset_t *mask)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(self->fds[1], &set);
	return pselect(self->fds[1] + 1, &set, NULL, NULL, span, mask);
}

static bool pselect_endless(struct wait *self)
{
	return pselect_one(self, NULL, NULL) == 1 && take_eventfd(self);
}

static bool pselect_timed(struct wait *self)
{
	const struct timespec span = timed_wait_span();

	return pselect_one(self, &span, NULL) == 0;
}

static bool pselect_masked(struct wait *self)
{
	const sigset_t mask = mask_without_wake();

	return was_woken_by_signal(pselect_one(self, NULL, &mask));
}

static void prepare_epoll(struct wait *self)
{
	struct epoll_event event = {.events = EPOLLIN};

	prepare_eventfd(self);
	self->fds[0] = checked(epoll_create1(0), "epoll_create1");
	checked(epoll_ctl(self->fds[0], EPOLL_CTL_ADD, self->fds[1], &event), "epoll_ctl");
}

static bool epoll_endless(struct wait *self)
{
	struct epoll_event event;

	return epoll_wait(self->fds[0], &event, 1, -1) == 1 && take_eventfd(self);
}

static bool epoll_timed(struct wait *self)
{
	struct epoll_event event;

	return epoll_wait(self->fds[0], &event, 1, milliseconds()) == 0;
}

static bool epoll_pwait_endless(struct wait *self)
{
	struct epoll_event event;

	return epoll_pwait(self->fds[0], &event, 1, -1, NULL) == 1 && take_eventfd(self);
}

static bool epoll_pwait_timed(struct wait *self)
{
	struct epoll_event event;

	return epoll_pwait(self->fds[0], &event, 1, milliseconds(), NULL) == 0;
}

static bool epoll_pwait_masked(struct wait *self)
{
	const sigset_t mask = mask_without_wake();
	struct epoll_event event;

	return was_woken_by_signal(epoll_pwait(self->fds[0], &event, 1, -1, &mask));
}

static bool epoll_pwait2_endless(struct wait *self)
{
	struct epoll_event event;

	return epoll_pwait2(self->fds[0], &event, 1, NULL, NULL) == 1 && take_eventfd(self);
}

static bool epoll_pwait2_timed(struct wait *self)
{
	const struct timespec span = timed_wait_span();
	struct epoll_event event;

	return epoll_pwait2(self->fds[0], &event, 1, &span, NULL) == 0;
}

#define ENDLESS(call, function)                                                                    \
	{                                                                                          \
		.name = (call), .prepare = prepare_epoll, .wait = (function), .wake = wake_eventfd \
	}
#define TIMED(call, function)                                                                      \
	{                                                                                          \
		.name = (call), .prepare = prepare_epoll, .wait = (function), .ends = true         \
	}
#define MASKED(call, function)                                                                     \
	{                                                                                          \
		.name = (call), .prepare = prepare_epoll, .wait = (function),                      \
		.wake = wake_by_signal                                                             \
	}

static struct wait waits[] = {
	ENDLESS("poll", poll_endless),
	TIMED("poll-timed", poll_timed),
	ENDLESS("ppoll", ppoll_endless),
	TIMED("ppoll-timed", ppoll_timed),
	MASKED("ppoll-masked", ppoll_masked),
	ENDLESS("select", select_endless),
	TIMED("select-timed", select_timed),
	ENDLESS("pselect", pselect_endless),
	TIMED("pselect-timed", pselect_timed),
	MASKED("pselect-masked", pselect_masked),
	ENDLESS("epoll_wait", epoll_endless),
	TIMED("epoll-timed", epoll_timed),
	ENDLESS("epoll_pwait", epoll_pwait_endless),
	TIMED("pwait-timed", epoll_pwait_timed),
	MASKED("pwait-masked", epoll_pwait_masked),
	ENDLESS("epoll_pwait2", epoll_pwait2_endless),
	TIMED("pwait2-timed", epoll_pwait2_timed),
};
const struct wait_table poll_waits = WAIT_TABLE(waits);
