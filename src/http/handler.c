#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "http/loop.h"
#include "http/protocol.h"
#include "sandbox/message.h"

#define HEAD_PATIENCE    (10 * NANOSECONDS_PER_SECOND)
#define IDLE_PATIENCE    (60 * NANOSECONDS_PER_SECOND)
#define BODY_PATIENCE    (20 * NANOSECONDS_PER_SECOND)
#define ANSWER_PATIENCE  (120 * NANOSECONDS_PER_SECOND) /* beyond what was asked for */
#define SEND_PATIENCE    (30 * NANOSECONDS_PER_SECOND)
#define SEND_RATE_LEAST  (16 * 1024) /* bytes a second */
#define HEADERS_MAX      128
#define CONNECTION_BYTES (64UL * 1024) /* what a request's head and a response's may take */

static struct http_connection *connection_of(struct MHD_Connection *managed)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(managed, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* A request has ended; the next one may come. */
static void forget_request(struct http_connection *connection)
{
	if (connection->response)
		MHD_destroy_response(connection->response);
	connection->response = NULL;
	http_question_deinit(&connection->plan.question);
	connection->plan = (struct http_plan){0};
	connection->planned = false;
	connection->settled = false;
	string_builder_deinit(&connection->body);
	free(TAKE_POINTER(connection->target));
	connection->id = 0;
	connection->left = false;
	connection->size = 0;
}

/* The parent. */

/* Only what does not fit now is not sent. */
static bool tell(struct http_loop *loop, const struct http_notice *notice)
{
	STRING_BUILDER(message);
	enum sandbox_sent sent;

	http_notice_write(notice, &message);
	if (message.failed)
		return false;
	sent = sandbox_send(loop->control, message.text, message.length, -1);
	if (sent == SANDBOX_SEND_GONE)
		loop->ended = true;
	return sent == SANDBOX_SENT;
}

void http_tell_counts(struct http_loop *loop)
{
	const struct http_notice notice = {.kind = HTTP_NOTICE_COUNTS, .counts = loop->counts};

	if (tell(loop, &notice))
		loop->told = loop->counts;
	loop->told_when = clock_monotonic();
}

static bool say_left(struct http_loop *loop, uint64_t id)
{
	const struct http_notice notice = {.kind = HTTP_NOTICE_LEFT, .question = {.id = id}};

	return tell(loop, &notice);
}

void http_tell_left(struct http_loop *loop, struct http_connection *connection)
{
	if (connection->left || !connection->id)
		return;
	connection->left = true;
	loop->counts.abandoned++;
	if (!say_left(loop, connection->id) && loop->untold_count < ARRAY_SIZE(loop->untold))
		loop->untold[loop->untold_count++] = connection->id;
}

bool http_catch_up(struct http_loop *loop)
{
	while (loop->untold_count && say_left(loop, loop->untold[loop->untold_count - 1]))
		loop->untold_count--;
	return loop->untold_count != 0;
}

void http_abandon(struct http_loop *loop, struct http_connection *connection)
{
	if (connection->phase != HTTP_WAITING)
		return;
	http_tell_left(loop, connection);
	http_connection_close(loop, connection);
	MHD_resume_connection(connection->managed);
}

/* Responses. */

static void refuse(struct http_connection *connection, unsigned status, const char *text)
{
	connection->plan.kind = HTTP_REFUSE;
	http_refuse(&connection->plan.refusal, status, "%s", text);
}

static void prepare_refusal(struct http_connection *connection)
{
	connection->status = connection->plan.refusal.status;
	connection->response = http_response_of_refusal(&connection->plan.refusal);
}

/* MHD_NO, with which libmicrohttpd closes, only where there is no memory. */
static enum MHD_Result respond(struct http_loop *loop, struct http_connection *connection)
{
	enum MHD_Result result;

	if (!connection->response)
		return MHD_NO;
	result = MHD_queue_response(connection->managed, connection->status, connection->response);
	MHD_destroy_response(connection->response); /* it keeps it as long as it needs */
	connection->response = NULL;
	if (result != MHD_YES)
		return result;
	http_connection_enter(connection, HTTP_SENDING,
		SEND_PATIENCE + connection->size / SEND_RATE_LEAST * NANOSECONDS_PER_SECOND);
	if (connection->status / 100 < ARRAY_SIZE(loop->counts.answered))
		loop->counts.answered[connection->status / 100]++;
	return MHD_YES;
}

static enum MHD_Result respond_with_refusal(
	struct http_loop *loop, struct http_connection *connection)
{
	prepare_refusal(connection);
	return respond(loop, connection);
}

/* Hands the question on; the connection sleeps until http_take_reply(). */
static enum MHD_Result ask(struct http_loop *loop, struct http_connection *connection)
{
	struct http_notice notice = {.kind = HTTP_NOTICE_QUESTION};

	connection->id = ++loop->last_id;
	notice.question = connection->plan.question;
	notice.question.id = connection->id;
	if (notice.question.subject == HTTP_METRICS)
		http_tell_counts(loop);
	if (!tell(loop, &notice)) {
		refuse(connection, 503, "limpet is busy: it has not read earlier requests yet");
		return respond_with_refusal(loop, connection);
	}
	http_connection_enter(connection, HTTP_WAITING, notice.question.duration + ANSWER_PATIENCE);
	MHD_suspend_connection(connection->managed);
	return MHD_YES;
}

/* With a response, or without memory for one; handle() goes on. */
static void resume(struct http_connection *connection)
{
	http_connection_enter(connection, HTTP_SENDING, SEND_PATIENCE);
	MHD_resume_connection(connection->managed);
}

void http_take_reply(struct http_loop *loop, const char *bytes, size_t length, int body)
{
	CLEANUP(cleanup_close) int kept = body;
	struct http_reply reply;
	struct http_connection *connection;
	struct error *error = http_reply_read(cursor_over(bytes, length), &reply);

	if (error) {
		error_destroy(error);
		return;
	}
	connection = http_connection_by_id(loop, reply.id);
	if (!connection) /* has left */
		return;
	connection->status = reply.answer.status;
	connection->size = reply.body_size;
	if (reply.body_size && kept < 0) {
		refuse(connection, 503, "limpet has too many files open");
		prepare_refusal(connection);
	} else if (*connection->plan.back && reply.answer.status == 200) {
		connection->status = 303;
		connection->response = http_response_of_move(connection->plan.back);
	} else {
		connection->response =
			http_response_of_answer(&reply.answer, TAKE_FD(kept), reply.body_size);
	}
	resume(connection);
}

void http_answer_late(struct http_loop *loop, struct http_connection *connection)
{
	http_tell_left(loop, connection);
	refuse(connection, 504, "there was no answer in time");
	prepare_refusal(connection);
	resume(connection);
}

/* Requests. */

struct header_list {
	struct http_header items[HEADERS_MAX];
	size_t count;
	bool too_many;
};

static enum MHD_Result list_header(
	void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct header_list *list = context;

	(void)kind;
	if (list->count == HEADERS_MAX) {
		list->too_many = true;
		return MHD_NO;
	}
	list->items[list->count++] = (struct http_header){name, value ? value : ""};
	return MHD_YES;
}

static void plan(struct http_loop *loop, struct http_connection *connection, const char *method,
	const char *version)
{
	struct header_list headers = {.count = 0};

	MHD_get_connection_values(connection->managed, MHD_HEADER_KIND, list_header, &headers);
	connection->planned = true;
	if (headers.too_many) {
		refuse(connection, 431, "too many headers");
		connection->plan.refusal.closes = true;
		return;
	}
	if (!connection->target) {
		refuse(connection, 503, "out of memory");
		return;
	}
	const struct http_request request = {
		.method = method,
		.version = version,
		.target = connection->target,
		.headers = headers.items,
		.header_count = headers.count,
		.local = *connection->local ? connection->local : NULL,
	};
	http_request_read(&loop->policy, &request, &connection->plan);
}

/* A refused body is read all the same, so that the next request is found behind it. */
static enum MHD_Result begin(struct http_loop *loop, struct http_connection *connection,
	const char *method, const char *version)
{
	plan(loop, connection, method, version);
	if (connection->plan.kind == HTTP_REFUSE && connection->plan.refusal.closes)
		return respond_with_refusal(loop, connection);
	http_connection_enter(connection, HTTP_READING_BODY, BODY_PATIENCE);
	return MHD_YES;
}

/* One that is too long is answered with as much at its end, or never. */
static enum MHD_Result take_part(
	struct http_connection *connection, const char *bytes, size_t *length)
{
	if (connection->body.length + *length > HTTP_TEXT_MAX) {
		refuse(connection, 413, "the body is too long");
		connection->plan.refusal.closes = true;
		if (connection->body.length > HTTP_TEXT_MAX)
			return MHD_NO;
	}
	string_append_bytes(&connection->body, bytes, *length);
	*length = 0;
	return MHD_YES;
}

/*
 * All has been read. It is asked on the second call: only after the first does libmicrohttpd
 * (0.9.75) note that there is nothing to read any more. Otherwise it would read when it is resumed,
 * before it writes, and close where the client has half closed.
 */
static enum MHD_Result finish(struct http_loop *loop, struct http_connection *connection)
{
	if (connection->plan.kind != HTTP_REFUSE && !connection->settled)
		http_plan_take_body(
			&connection->plan, connection->body.text, connection->body.length);
	string_builder_deinit(&connection->body);
	if (connection->plan.kind == HTTP_REFUSE)
		return respond_with_refusal(loop, connection);
	if (connection->plan.kind == HTTP_ASK && connection->settled)
		return ask(loop, connection);
	if (connection->plan.kind == HTTP_ASK) {
		connection->settled = true;
		return MHD_YES;
	}
	connection->status = 200;
	connection->response = http_response_of_format(connection->plan.question.format);
	return respond(loop, connection);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *managed, const char *url,
	const char *method, const char *version, const char *bytes, size_t *length,
	void **request_context)
{
	struct http_loop *loop = context;
	struct http_connection *connection = connection_of(managed);

	(void)url;
	if (!connection || connection->phase == HTTP_CLOSING)
		return MHD_NO;
	*request_context = connection;
	if (!connection->planned)
		return begin(loop, connection, method, version);
	if (*length)
		return take_part(connection, bytes, length);
	if (connection->response) /* resumed */
		return respond(loop, connection);
	return connection->phase == HTTP_READING_BODY ? finish(loop, connection) : MHD_NO;
}

/* The first line has been read; before anything in it is decoded. */
static void *note_target(void *context, const char *target, struct MHD_Connection *managed)
{
	struct http_connection *connection = connection_of(managed);

	(void)context;
	if (!connection || connection->phase == HTTP_CLOSING)
		return NULL;
	forget_request(connection);
	connection->target = strdup(target);
	http_connection_enter(connection, HTTP_READING_HEAD, HEAD_PATIENCE);
	return NULL;
}

static void note_completed(void *context, struct MHD_Connection *managed, void **request_context,
	enum MHD_RequestTerminationCode code)
{
	struct http_loop *loop = context;
	struct http_connection *connection = connection_of(managed);

	*request_context = NULL;
	if (!connection)
		return;
	if (code != MHD_REQUEST_TERMINATED_COMPLETED_OK && connection->phase == HTTP_SENDING)
		loop->counts.abandoned++;
	forget_request(connection);
	connection->served = true;
	if (connection->phase != HTTP_CLOSING)
		http_connection_enter(connection, HTTP_READING_HEAD, IDLE_PATIENCE);
}

static struct http_connection *find_new(struct http_loop *loop, int socket)
{
	for (size_t i = 0; i < HTTP_CONNECTIONS_ROOM; i++)
		if (loop->connections[i].phase != HTTP_FREE && !loop->connections[i].managed &&
			loop->connections[i].socket == socket)
			return &loop->connections[i];
	return NULL;
}

static void note_connection(void *context, struct MHD_Connection *managed, void **socket_context,
	enum MHD_ConnectionNotificationCode code)
{
	struct http_loop *loop = context;
	struct http_connection *connection = *socket_context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info =
			MHD_get_connection_info(managed, MHD_CONNECTION_INFO_CONNECTION_FD);

		connection = info ? find_new(loop, info->connect_fd) : NULL;
		if (connection)
			connection->managed = managed;
		*socket_context = connection;
	} else if (connection) {
		http_connection_free(loop, connection);
		*socket_context = NULL;
	}
}

struct MHD_Daemon *http_daemon_start(struct http_loop *loop)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME,
		0, NULL, NULL, handle, loop, MHD_OPTION_NOTIFY_CONNECTION, note_connection, loop,
		MHD_OPTION_NOTIFY_COMPLETED, note_completed, loop, MHD_OPTION_URI_LOG_CALLBACK,
		note_target, loop, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_ROOM + 1,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
		MHD_OPTION_END);
}
