#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "victim.h"
#include "waits_all.h"

#define MESSAGE   4000
#define LONG_TIME 100000 /* s */

/* The kernel counts these in ticks and may be one too early: ask for more than is checked. */
#define TICK 10000 /* us */

static char message[MESSAGE];

static void limit(int fd, int option, struct timeval time)
{
	checked(setsockopt(fd, SOL_SOCKET, option, &time, sizeof(time)), "setsockopt");
}

static struct timeval short_time(void)
{
	unsigned long microseconds = timed_wait / 1000 + TICK;

	return (struct timeval){(time_t)(microseconds / 1000000), (long)(microseconds % 1000000)};
}

static struct timeval long_time(void)
{
	return (struct timeval){.tv_sec = LONG_TIME};
}

static void prepare_receive(struct wait *self)
{
	checked(socketpair(AF_UNIX, SOCK_STREAM, 0, self->fds), "socketpair");
}

static void prepare_receive_limited(struct wait *self)
{
	prepare_receive(self);
	limit(self->fds[0], SO_RCVTIMEO, long_time());
}

static void prepare_receive_timed(struct wait *self)
{
	prepare_receive(self);
	limit(self->fds[0], SO_RCVTIMEO, short_time());
}

static bool receive(struct wait *self)
{
	char byte = 0;

	return recv(self->fds[0], &byte, 1, 0) == 1 && byte == 'w';
}

static bool receive_timed(struct wait *self)
{
	char byte;

	return failed_with(recv(self->fds[0], &byte, 1, 0), EAGAIN);
}

static void fill(struct wait *self)
{
	while (send(self->fds[0], message, MESSAGE, MSG_DONTWAIT) == MESSAGE)
		;
}

/* Full from the start. */
static void prepare_send(struct wait *self)
{
	int size = MESSAGE;

	checked(socketpair(AF_UNIX, SOCK_DGRAM, 0, self->fds), "socketpair");
	checked(setsockopt(self->fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), "SO_SNDBUF");
	fill(self);
}

static void prepare_send_limited(struct wait *self)
{
	prepare_send(self);
	limit(self->fds[0], SO_SNDTIMEO, long_time());
}

static void prepare_send_timed(struct wait *self)
{
	prepare_send(self);
	limit(self->fds[0], SO_SNDTIMEO, short_time());
}

/* It is filled again once the waker has taken all that it found. */
static bool send_message(struct wait *self)
{
	if (send(self->fds[0], message, MESSAGE, 0) != MESSAGE)
		return false;
	while (!atomic_load(&self->word))
		usleep(100);
	atomic_store(&self->word, 0);
	fill(self);
	return failed_with(-1, EAGAIN);
}

static void take_messages(struct wait *self)
{
	char bytes[MESSAGE];

	while (recv(self->fds[1], bytes, MESSAGE, MSG_DONTWAIT) == MESSAGE)
		;
	atomic_store(&self->word, 1);
}

static bool send_timed(struct wait *self)
{
	return failed_with(send(self->fds[0], message, MESSAGE, 0), EAGAIN);
}

/* An abstract address that the kernel chooses; it is looked up each time. */
static socklen_t address_of(int fd, struct sockaddr_un *ret)
{
	socklen_t length = sizeof(*ret);

	checked(getsockname(fd, (struct sockaddr *)ret, &length), "getsockname");
	return length;
}

static void prepare_accept(struct wait *self)
{
	const struct sockaddr_un any = {.sun_family = AF_UNIX};

	self->fds[0] = checked(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	checked(bind(self->fds[0], (const struct sockaddr *)&any, sizeof(sa_family_t)), "bind");
	checked(listen(self->fds[0], 0), "listen");
}

static void prepare_accept_limited(struct wait *self)
{
	prepare_accept(self);
	limit(self->fds[0], SO_RCVTIMEO, long_time());
}

static void prepare_accept_timed(struct wait *self)
{
	prepare_accept(self);
	limit(self->fds[0], SO_RCVTIMEO, short_time());
}

static bool accept_one(struct wait *self)
{
	int connection = accept(self->fds[0], NULL, NULL);

	return connection >= 0 && close(connection) == 0;
}

static bool accept_timed(struct wait *self)
{
	return failed_with(accept(self->fds[0], NULL, NULL), EAGAIN);
}

static int connect_to(struct wait *self, const struct timeval *time)
{
	struct sockaddr_un address;
	socklen_t length = address_of(self->fds[0], &address);
	int fd = checked(socket(AF_UNIX, SOCK_STREAM, 0), "socket"), result, error;

	if (time)
		limit(fd, SO_SNDTIMEO, *time);
	result = connect(fd, (const struct sockaddr *)&address, length);
	error = errno;
	close(fd);
	errno = error;
	return result;
}

static void wake_accept(struct wait *self)
{
	checked(connect_to(self, NULL), "connect");
}

/* One connection waits to be accepted, and there is room for no other. */
static void prepare_connect(struct wait *self)
{
	prepare_accept(self);
	wake_accept(self);
}

static bool connect_one(struct wait *self)
{
	return connect_to(self, NULL) == 0;
}

static bool connect_limited(struct wait *self)
{
	const struct timeval time = long_time();

	return connect_to(self, &time) == 0;
}

static bool connect_timed(struct wait *self)
{
	const struct timeval time = short_time();

	return failed_with(connect_to(self, &time), EAGAIN);
}

static void wake_connect(struct wait *self)
{
	close(checked(accept(self->fds[0], NULL, NULL), "accept"));
}

static struct wait waits[] = {
	{.name = "recv", .prepare = prepare_receive, .wait = receive, .wake = wake_pipe},
	{.name = "recv-limited",
		.prepare = prepare_receive_limited,
		.wait = receive,
		.wake = wake_pipe},
	{.name = "recv-timed",
		.prepare = prepare_receive_timed,
		.wait = receive_timed,
		.ends = true},
	{.name = "send", .prepare = prepare_send, .wait = send_message, .wake = take_messages},
	{.name = "send-limited",
		.prepare = prepare_send_limited,
		.wait = send_message,
		.wake = take_messages},
	{.name = "send-timed", .prepare = prepare_send_timed, .wait = send_timed, .ends = true},
	{.name = "accept", .prepare = prepare_accept, .wait = accept_one, .wake = wake_accept},
	{.name = "accept-limited",
		.prepare = prepare_accept_limited,
		.wait = accept_one,
		.wake = wake_accept},
	{.name = "accept-timed",
		.prepare = prepare_accept_timed,
		.wait = accept_timed,
		.ends = true},
	{.name = "connect", .prepare = prepare_connect, .wait = connect_one, .wake = wake_connect},
	{.name = "connect-limited",
		.prepare = prepare_connect,
		.wait = connect_limited,
		.wake = wake_connect},
	{.name = "connect-timed", .prepare = prepare_connect, .wait = connect_timed, .ends = true},
};
const struct wait_table socket_waits = WAIT_TABLE(waits);
