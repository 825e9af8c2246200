#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "http/loop.h"

#define HEAD_PATIENCE    (10 * NANOSECONDS_PER_SECOND)
#define CLOSING_PATIENCE (10 * NANOSECONDS_PER_SECOND)
/* Who has said nothing for as long makes room when there is none; others are given the time. */
#define DAWDLING        NANOSECONDS_PER_SECOND
#define ACCEPTS_AT_ONCE 64
#define ACCEPT_PAUSE    (100 * NANOSECONDS_PER_MILLISECOND)

static const char busy[] = "HTTP/1.1 503 Service Unavailable\r\n"
			   "Content-Type: text/plain; charset=utf-8\r\n"
			   "X-Content-Type-Options: nosniff\r\n"
			   "X-Go-Pprof: 1\r\n"
			   "Retry-After: 1\r\n"
			   "Connection: close\r\n"
			   "Content-Length: 21\r\n"
			   "\r\n"
			   "too many connections\n";

static const char timed_out[] = "HTTP/1.1 408 Request Timeout\r\n"
				"Content-Type: text/plain; charset=utf-8\r\n"
				"X-Content-Type-Options: nosniff\r\n"
				"X-Go-Pprof: 1\r\n"
				"Connection: close\r\n"
				"Content-Length: 28\r\n"
				"\r\n"
				"the request took too long.\r\n";

static void send_text(int socket, const char *text)
{
	/* Who does not take these few bytes does without. */
	if (send(socket, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return;
}

void http_connection_enter(
	struct http_connection *connection, enum http_phase phase, uint64_t patience)
{
	connection->phase = phase;
	connection->began = clock_monotonic();
	connection->deadline = connection->began + patience;
}

struct http_connection *http_connection_by_id(struct http_loop *loop, uint64_t id)
{
	for (size_t i = 0; i < HTTP_CONNECTIONS_ROOM; i++)
		if (loop->connections[i].phase == HTTP_WAITING && loop->connections[i].id == id)
			return &loop->connections[i];
	return NULL;
}

static bool is_open(const struct http_connection *connection)
{
	return connection->phase != HTTP_FREE && connection->phase != HTTP_CLOSING;
}

void http_connection_close(struct http_loop *loop, struct http_connection *connection)
{
	if (!is_open(connection))
		return;
	shutdown(connection->socket, SHUT_RDWR);
	http_connection_enter(connection, HTTP_CLOSING, CLOSING_PATIENCE);
	loop->closing++;
	loop->counts.connections--;
}

/* Who is in the middle of a request hears why. */
static void dismiss(struct http_loop *loop, struct http_connection *connection)
{
	const bool reads =
		connection->phase == HTTP_READING_HEAD || connection->phase == HTTP_READING_BODY;

	if (reads && connection->managed && (connection->target || !connection->served))
		send_text(connection->socket, timed_out);
	http_connection_close(loop, connection);
}

void http_connection_free(struct http_loop *loop, struct http_connection *connection)
{
	if (connection->phase == HTTP_CLOSING)
		loop->closing--;
	else if (connection->phase != HTTP_FREE)
		loop->counts.connections--;
	if (connection->response)
		MHD_destroy_response(connection->response);
	http_question_deinit(&connection->plan.question);
	string_builder_deinit(&connection->body);
	free(connection->target);
	*connection = (struct http_connection){.phase = HTTP_FREE};
}

/* Or has left, and is only kept for an answer that may come after all. */
static bool is_slow(const struct http_connection *connection, uint64_t now)
{
	if (connection->phase == HTTP_WAITING)
		return connection->left;
	return (connection->phase == HTTP_READING_HEAD || connection->phase == HTTP_READING_BODY) &&
	       connection->began + DAWDLING < now;
}

/* Of all, or of one peer: how many there are, and who has dawdled for longest. */
static size_t survey(
	struct http_loop *loop, const unsigned char *peer, struct http_connection **ret_slowest)
{
	const uint64_t now = clock_monotonic();
	size_t count = 0;

	*ret_slowest = NULL;
	for (size_t i = 0; i < HTTP_CONNECTIONS_ROOM; i++) {
		struct http_connection *connection = &loop->connections[i];

		if (!is_open(connection) ||
			(peer && memcmp(connection->peer, peer, HTTP_PEER_SIZE) != 0))
			continue;
		count++;
		if (is_slow(connection, now) &&
			(!*ret_slowest || connection->began < (*ret_slowest)->began))
			*ret_slowest = connection;
	}
	return count;
}

/* False: there is none, and nobody who could be asked to leave. */
static bool make_room(struct http_loop *loop, const unsigned char *peer, size_t most)
{
	struct http_connection *slowest;

	if (survey(loop, peer, &slowest) < most)
		return true;
	if (!slowest || loop->closing >= HTTP_CONNECTIONS_CLOSING)
		return false;
	if (slowest->phase == HTTP_WAITING)
		http_abandon(loop, slowest);
	else
		dismiss(loop, slowest);
	return true;
}

static struct http_connection *find_free(struct http_loop *loop)
{
	for (size_t i = 0; i < HTTP_CONNECTIONS_ROOM; i++)
		if (loop->connections[i].phase == HTTP_FREE)
			return &loop->connections[i];
	return NULL;
}

static void refuse(struct http_loop *loop, int socket)
{
	char request[4096];

	loop->counts.refused++;
	/* Unread bytes would have the kernel reset the connection, and the answer be lost. */
	if (recv(socket, request, sizeof(request), MSG_DONTWAIT) >= 0 || errno == EAGAIN)
		send_text(socket, busy);
	close(socket);
}

static void note_local(struct http_connection *connection)
{
	struct sockaddr_storage storage = {0};
	socklen_t length = sizeof(storage);

	if (getsockname(connection->socket, (struct sockaddr *)&storage, &length) == 0)
		http_address_format((struct sockaddr *)&storage, connection->local);
}

static void admit(
	struct http_loop *loop, int socket, const struct sockaddr *address, socklen_t length)
{
	const bool has_peer = address->sa_family == AF_INET || address->sa_family == AF_INET6;
	unsigned char peer[HTTP_PEER_SIZE];
	struct http_connection *connection;

	http_address_peer(address, peer);
	if ((has_peer && !make_room(loop, peer, HTTP_CONNECTIONS_OF_ONE)) ||
		!make_room(loop, NULL, HTTP_CONNECTIONS_MAX)) {
		refuse(loop, socket);
		return;
	}
	connection = find_free(loop);
	if (!connection) {
		refuse(loop, socket);
		return;
	}
	*connection = (struct http_connection){.socket = socket};
	memcpy(connection->peer, peer, sizeof(peer));
	note_local(connection);
	http_connection_enter(connection, HTTP_READING_HEAD, HEAD_PATIENCE);
	loop->counts.connections++;
	/* It closes the socket itself when it fails. */
	if (MHD_add_connection(loop->daemon, socket, address, length) != MHD_YES)
		http_connection_free(loop, connection);
}

void http_accept(struct http_loop *loop)
{
	for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
		struct sockaddr_storage address = {0};
		socklen_t length = sizeof(address);
		int socket = accept4(loop->listener, (struct sockaddr *)&address, &length,
			SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (socket >= 0) {
			admit(loop, socket, (struct sockaddr *)&address, length);
			continue;
		}
		/* The listening socket stays readable: polling it now would be a spin. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			loop->accept_again = clock_monotonic() + ACCEPT_PAUSE;
		if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

static void expire(struct http_loop *loop, struct http_connection *connection)
{
	switch (connection->phase) {
	case HTTP_WAITING:
		if (connection->half_closed)
			http_abandon(loop, connection);
		else
			http_answer_late(loop, connection);
		return;
	case HTTP_CLOSING: /* or libmicrohttpd never began with it, and has closed it */
		if (!connection->managed)
			http_connection_free(loop, connection);
		else
			connection->deadline = UINT64_MAX;
		return;
	default:
		dismiss(loop, connection);
	}
}

uint64_t http_check_deadlines(struct http_loop *loop)
{
	const uint64_t now = clock_monotonic();
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < HTTP_CONNECTIONS_ROOM; i++) {
		struct http_connection *connection = &loop->connections[i];

		if (connection->phase == HTTP_FREE)
			continue;
		if (connection->deadline <= now)
			expire(loop, connection);
		if (connection->phase != HTTP_FREE && connection->deadline < next)
			next = connection->deadline;
	}
	return next;
}
