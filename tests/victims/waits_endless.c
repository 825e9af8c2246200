#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "victim.h"
#include "waits.h"

#define LONG_SLEEP 1000000 /* s */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static bool condition_met;
static struct sockaddr_un listen_address;
static socklen_t listen_length;

static void prepare_pipe(struct wait *self)
{
	if (pipe(self->fds) < 0)
		fail("pipe: %s", strerror(errno));
}

static void wake_pipe(struct wait *self)
{
	if (write(self->fds[1], "w", 1) != 1)
		fail("write: %s", strerror(errno));
}

static bool wait_in_read(struct wait *self)
{
	char byte = 0;

	return read(self->fds[0], &byte, 1) == 1 && byte == 'w';
}

static void prepare_epoll(struct wait *self)
{
	struct epoll_event event = {.events = EPOLLIN};

	self->fds[0] = epoll_create1(0);
	self->fds[1] = eventfd(0, 0);
	if (epoll_ctl(self->fds[0], EPOLL_CTL_ADD, self->fds[1], &event) < 0)
		fail("epoll_ctl: %s", strerror(errno));
}

static void wake_eventfd(struct wait *self)
{
	if (eventfd_write(self->fds[1], 1) < 0)
		fail("eventfd_write: %s", strerror(errno));
}

static bool take_event(struct wait *self)
{
	eventfd_t value;

	return eventfd_read(self->fds[1], &value) == 0 && value == 1;
}

static bool wait_in_epoll(struct wait *self)
{
	struct epoll_event event;

	return epoll_wait(self->fds[0], &event, 1, -1) == 1 && take_event(self);
}

static void prepare_poll(struct wait *self)
{
	self->fds[1] = eventfd(0, 0);
	if (self->fds[1] < 0)
		fail("eventfd: %s", strerror(errno));
}

static bool wait_in_poll(struct wait *self)
{
	struct pollfd poll_fd = {.fd = self->fds[1], .events = POLLIN};

	return poll(&poll_fd, 1, -1) == 1 && take_event(self);
}

static bool wait_in_futex(struct wait *self)
{
	(void)self;
	pthread_mutex_lock(&mutex);
	while (!condition_met)
		pthread_cond_wait(&condition, &mutex);
	condition_met = false;
	pthread_mutex_unlock(&mutex);
	return true;
}

static void wake_futex(struct wait *self)
{
	(void)self;
	pthread_mutex_lock(&mutex);
	condition_met = true;
	pthread_cond_signal(&condition);
	pthread_mutex_unlock(&mutex);
}

static bool wait_in_nanosleep(struct wait *self)
{
	const struct timespec request = {.tv_sec = LONG_SLEEP};

	(void)self;
	return nanosleep(&request, NULL) == 0;
}

static bool wait_in_pause(struct wait *self)
{
	(void)self;
	return pause() == 0;
}

/* An abstract address that the kernel chooses: nothing is left in a file system. */
static void prepare_accept(struct wait *self)
{
	self->fds[0] = socket(AF_UNIX, SOCK_STREAM, 0);
	listen_address.sun_family = AF_UNIX;
	listen_length = sizeof(listen_address);
	if (bind(self->fds[0], (struct sockaddr *)&listen_address, sizeof(sa_family_t)) < 0 ||
		listen(self->fds[0], 1) < 0 ||
		getsockname(self->fds[0], (struct sockaddr *)&listen_address, &listen_length) < 0)
		fail("listen: %s", strerror(errno));
}

static bool wait_in_accept(struct wait *self)
{
	int connection = accept(self->fds[0], NULL, NULL);

	return connection >= 0 && close(connection) == 0;
}

static void wake_accept(struct wait *self)
{
	int connection = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)self;
	if (connect(connection, (struct sockaddr *)&listen_address, listen_length) < 0)
		fail("connect: %s", strerror(errno));
	close(connection);
}

struct wait endless_waits[] = {
	{.name = "read", .prepare = prepare_pipe, .wait = wait_in_read, .wake = wake_pipe},
	{.name = "epoll_wait",
		.prepare = prepare_epoll,
		.wait = wait_in_epoll,
		.wake = wake_eventfd},
	{.name = "poll", .prepare = prepare_poll, .wait = wait_in_poll, .wake = wake_eventfd},
	{.name = "futex", .wait = wait_in_futex, .wake = wake_futex},
	{.name = "nanosleep", .wait = wait_in_nanosleep},
	{.name = "pause", .wait = wait_in_pause},
	{.name = "accept", .prepare = prepare_accept, .wait = wait_in_accept, .wake = wake_accept},
};
const size_t endless_wait_count = sizeof(endless_waits) / sizeof(endless_waits[0]);
