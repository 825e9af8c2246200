#include "http/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "sandbox/message.h"

#define LEFT_PATIENCE (5 * NANOSECONDS_PER_SECOND) /* for what there is already */
#define COUNTS_EVERY  NANOSECONDS_PER_SECOND
#define RETRY_AFTER   (20 * NANOSECONDS_PER_MILLISECOND)

/* What is polled beside the connections that wait. */
enum { POLL_CONTROL, POLL_LISTENER, POLL_DAEMON, POLL_CONNECTIONS };

struct poll_set {
	struct pollfd items[POLL_CONNECTIONS + HTTP_CONNECTIONS_ROOM];
	struct http_connection *connections[POLL_CONNECTIONS + HTTP_CONNECTIONS_ROOM];
	nfds_t count;
};

static void fill(struct http_loop *loop, uint64_t now, struct poll_set *set)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD);

	set->items[POLL_CONTROL] = (struct pollfd){.fd = loop->control, .events = POLLIN};
	set->items[POLL_LISTENER] = (struct pollfd){
		.fd = loop->accept_again > now ? -1 : loop->listener, .events = POLLIN};
	set->items[POLL_DAEMON] =
		(struct pollfd){.fd = info ? info->epoll_fd : -1, .events = POLLIN};
	set->count = POLL_CONNECTIONS;
	for (size_t i = 0; i < HTTP_CONNECTIONS_ROOM; i++) {
		struct http_connection *connection = &loop->connections[i];

		if (connection->phase != HTTP_WAITING)
			continue;
		/* That it is gone as a whole is told in any case. */
		set->items[set->count] = (struct pollfd){.fd = connection->socket,
			.events = connection->half_closed ? 0 : POLLRDHUP};
		set->connections[set->count++] = connection;
	}
}

/*
 * The end of what a client sends may be its own end, or not: nc(1) says so at once and waits for
 * the answer. The first is likelier where there is something to wait for, and then the parent is
 * told; what it answers all the same, soon, is sent.
 */
static void note_half_close(struct http_loop *loop, struct http_connection *connection)
{
	connection->half_closed = true;
	if (!connection->plan.question.duration)
		return;
	http_tell_left(loop, connection);
	connection->deadline = clock_monotonic() + LEFT_PATIENCE;
}

static void look_after_waiting(struct http_loop *loop, const struct poll_set *set)
{
	for (nfds_t i = POLL_CONNECTIONS; i < set->count; i++) {
		struct http_connection *connection = set->connections[i];

		if (connection->phase != HTTP_WAITING)
			continue;
		if (set->items[i].revents & (POLLHUP | POLLERR | POLLNVAL))
			http_abandon(loop, connection);
		else if (set->items[i].revents & POLLRDHUP)
			note_half_close(loop, connection);
	}
}

static void take_replies(struct http_loop *loop)
{
	static char bytes[SANDBOX_MESSAGE_MAX];

	for (;;) {
		size_t length;
		int body = -1;
		enum sandbox_received received =
			sandbox_receive(loop->control, bytes, sizeof(bytes), &length, &body);

		if (received == SANDBOX_NOTHING)
			return;
		if (received != SANDBOX_RECEIVED) {
			loop->ended = true;
			return;
		}
		http_take_reply(loop, bytes, length, body);
	}
}

static bool counts_differ(const struct http_counts *one, const struct http_counts *other)
{
	bool differ = one->refused != other->refused || one->abandoned != other->abandoned ||
		      one->connections != other->connections;

	for (size_t i = 0; i < ARRAY_SIZE(one->answered); i++)
		differ |= one->answered[i] != other->answered[i];
	return differ;
}

static uint64_t least(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

/* When there is something to do even if nothing comes, ns. */
static uint64_t next_time(struct http_loop *loop, uint64_t now)
{
	MHD_UNSIGNED_LONG_LONG milliseconds;
	uint64_t next = http_check_deadlines(loop);

	if (loop->accept_again > now)
		next = least(next, loop->accept_again);
	if (counts_differ(&loop->counts, &loop->told)) {
		if (loop->told_when + COUNTS_EVERY <= now)
			http_tell_counts(loop);
		else
			next = least(next, loop->told_when + COUNTS_EVERY);
	}
	if (http_catch_up(loop))
		next = least(next, now + RETRY_AFTER);
	if (MHD_get_timeout(loop->daemon, &milliseconds) == MHD_YES)
		next = least(next, now + milliseconds * NANOSECONDS_PER_MILLISECOND);
	return next;
}

static void turn(struct http_loop *loop)
{
	static struct poll_set set;
	const uint64_t now = clock_monotonic();
	const uint64_t next = next_time(loop, now);
	const struct timespec left = clock_time_left(next);

	fill(loop, now, &set);
	if (ppoll(set.items, set.count, next == UINT64_MAX ? NULL : &left, NULL) < 0) {
		loop->ended = errno != EINTR;
		return;
	}
	if (set.items[POLL_CONTROL].revents)
		take_replies(loop);
	look_after_waiting(loop, &set);
	if (set.items[POLL_LISTENER].revents)
		http_accept(loop);
	MHD_run(loop->daemon);
}

int http_loop_main(int control, const int *descriptors, void *argument)
{
	const struct http_setup *setup = argument;
	struct http_loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return EXIT_FAILURE;
	loop->control = control;
	loop->listener = descriptors[0];
	loop->policy = setup->policy;
	loop->daemon = http_daemon_start(loop);
	if (!loop->daemon)
		return EXIT_FAILURE;
	while (!loop->ended)
		turn(loop);
	/* All that it holds ends with the process. */
	return EXIT_SUCCESS;
}
