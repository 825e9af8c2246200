#include "http/server.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "http/credentials.h"
#include "http/listener.h"
#include "http/loop.h"
#include "http/protocol.h"
#include "sandbox/child.h"
#include "sandbox/message.h"

#define MEMORY_MAX      (256UL << 20)
#define DESCRIPTORS_MAX (2 * HTTP_CONNECTIONS_ROOM + 64) /* a socket and a file each */
#define SEND_PATIENCE   (2 * NANOSECONDS_PER_SECOND)
#define TEXT_IN_MESSAGE (32UL * 1024) /* what is longer goes as a file */
#define COUNTS_AT_ONCE  16

struct http_server {
	struct sandbox_child child;
	struct http_listener listener;
	struct http_bounds bounds;
	struct http_counts counts;
	bool ended;
	char message[SANDBOX_MESSAGE_MAX];
};

static struct error *start_child(
	struct http_server *server, const struct http_options *options, const char *token)
{
	struct http_setup setup = {
		.policy =
			{
				.hosts = (const char *const *)server->listener.hosts,
				.any_host = server->listener.is_unix,
				.token = token,
				.duration_max = options->duration_max,
				.rate_max = options->rate_max,
			},
	};
	const struct sandbox_options child = {
		.profile = SANDBOX_SERVER,
		.name = "limpet-http",
		.main = http_loop_main,
		.argument = &setup,
		.descriptors = &server->listener.socket,
		.descriptor_count = 1,
		.descriptors_max = DESCRIPTORS_MAX,
		.memory_max = MEMORY_MAX,
	};

	return sandbox_start(&child, &server->child);
}

static void free_token(char **token)
{
	if (*token)
		explicit_bzero(*token, strlen(*token));
	free(*token);
}

static struct error *start(struct http_server *server, const struct http_options *options)
{
	CLEANUP(free_token) char *token = NULL;
	struct error *error = NULL;

	if (options->token_file)
		error = http_token_read(options->token_file, &token);
	if (!error)
		error = http_listen(options, &server->listener);
	if (!error)
		error = start_child(server, options, token);
	if (error)
		return error;
	close(TAKE_FD(server->listener.socket)); /* only the child accepts */
	return NULL;
}

struct error *http_server_start(const struct http_options *options, struct http_server **ret)
{
	CLEANUP(cleanup_http_server) struct http_server *server = calloc(1, sizeof(*server));
	struct error *error;

	if (!server)
		return &error_no_memory;
	server->listener.socket = -1;
	server->bounds = (struct http_bounds){options->duration_max, options->rate_max};
	error = start(server, options);
	if (error)
		return error;
	*ret = TAKE_POINTER(server);
	return NULL;
}

const char *http_server_url(const struct http_server *server)
{
	return server->listener.url;
}

int http_server_descriptor(const struct http_server *server)
{
	return server->child.socket;
}

/* Whoever does not keep to the protocol has been taken over, or hangs. */
static enum http_event give_up(struct http_server *server)
{
	server->ended = true;
	kill(server->child.process, SIGKILL);
	return HTTP_ENDED;
}

/* HTTP_NOTHING: the counts have changed, nothing else. */
static enum http_event take(struct http_server *server, size_t length, struct http_question *ret)
{
	struct http_notice notice;
	struct error *error =
		http_notice_read(cursor_over(server->message, length), &server->bounds, &notice);

	if (error) {
		error_destroy(error);
		return give_up(server);
	}
	if (notice.kind == HTTP_NOTICE_COUNTS) {
		server->counts = notice.counts;
		return HTTP_NOTHING;
	}
	*ret = notice.question;
	return notice.kind == HTTP_NOTICE_QUESTION ? HTTP_QUESTION : HTTP_LEFT;
}

enum http_event http_server_receive(struct http_server *server, struct http_question *ret)
{
	enum http_event event = HTTP_NOTHING;

	for (int i = 0; i < COUNTS_AT_ONCE && event == HTTP_NOTHING; i++) {
		size_t length;

		if (server->ended)
			return HTTP_ENDED;
		switch (sandbox_receive(server->child.socket, server->message,
			sizeof(server->message), &length, NULL)) {
		case SANDBOX_NOTHING:
			return HTTP_NOTHING;
		case SANDBOX_RECEIVED:
			event = take(server, length, ret);
			break;
		case SANDBOX_CLOSED:
		case SANDBOX_BROKEN:
			return give_up(server);
		}
	}
	return event;
}

/* A text that is too long for a message, as a file without a name. */
static struct error *text_to_file(const char *text, int *ret)
{
	CLEANUP(cleanup_close) int fd = memfd_create("limpet answer", MFD_CLOEXEC);
	struct error *error;

	if (fd < 0)
		return error_from_errno(errno, "cannot keep an answer");
	error = write_all(fd, text, strlen(text));
	if (error)
		return error;
	*ret = TAKE_FD(fd);
	return NULL;
}

static struct error *size_of(int fd, uint64_t *ret)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_from_errno(errno, "cannot tell how long an answer is");
	if (!S_ISREG(status.st_mode))
		return error_create(ERROR_USAGE, "an answer's body must be a regular file");
	*ret = (uint64_t)status.st_size;
	return NULL;
}

static struct error *send_reply(
	struct http_server *server, const struct http_reply *reply, int body)
{
	STRING_BUILDER(message);

	http_reply_write(reply, &message);
	if (message.failed)
		return &error_no_memory;
	if (sandbox_send_within(server->child.socket, message.text, message.length, body,
		    SEND_PATIENCE) == SANDBOX_SENT)
		return NULL;
	give_up(server);
	return error_create(ERROR_GONE, "the HTTP process has ended");
}

struct error *http_server_answer(
	struct http_server *server, uint64_t id, const struct http_answer *answer)
{
	CLEANUP(cleanup_close) int file = -1;
	struct http_reply reply = {.id = id, .answer = *answer};
	const bool is_long = answer->text && strlen(answer->text) > TEXT_IN_MESSAGE;
	const bool is_body = answer->status < 300;
	int body = answer->text ? -1 : answer->body;
	struct error *error = NULL;

	if (server->ended)
		return error_create(ERROR_GONE, "the HTTP process has ended");
	if (is_long && !is_body)
		return error_create(ERROR_USAGE, "an error is one line");
	if (is_long) {
		error = text_to_file(answer->text, &file);
		reply.answer.text = NULL;
		body = file;
	}
	if (!error && body >= 0)
		error = size_of(body, &reply.body_size);
	return error ? error : send_reply(server, &reply, body);
}

void http_server_counts(const struct http_server *server, struct http_counts *ret)
{
	*ret = server->counts;
}

void http_server_end(struct http_server *server)
{
	if (!server)
		return;
	sandbox_end(&server->child);
	http_listener_deinit(&server->listener);
	free(server);
}

void cleanup_http_server(struct http_server **server)
{
	http_server_end(*server);
}
