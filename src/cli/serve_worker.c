#include "cli/serve_worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/folder.h"
#include "cli/report.h"

/* More is not kept: JSON that is cut short is none, and the exit status tells enough. */
#define OUT_MAX      ((size_t)16 << 20)
#define MESSAGES_MAX ((size_t)64 << 10)
#define READ_SIZE    65536

void serve_outcome_deinit(struct serve_outcome *outcome)
{
	json_decref(outcome->answer);
	*outcome = (struct serve_outcome){0};
}

static void set_state(struct serve_worker *worker, enum serve_worker_state state)
{
	worker->state = state;
	worker->since = clock_monotonic();
	worker->begun = 0;
	worker->interrupt = worker->interrupted = false;
}

static void empty(struct serve_worker *worker)
{
	worker->out.length = worker->messages.length = 0;
	string_append(&worker->out, "");
	string_append(&worker->messages, "");
}

struct error *serve_worker_start(
	struct session *session, pid_t pid, bool undoes, struct serve_worker *worker)
{
	CLEANUP(cleanup_free) char *folder = NULL;
	struct worker_manner manner = {
		.json = true, .quiet = true, .forgets = true, .tells = true, .undoes = undoes};
	struct error *error = folder_create_private(&folder);
	char number[16];

	if (error)
		return error;
	snprintf(number, sizeof(number), "%d", pid);
	manner.folder = folder;
	error = worker_start(session, number, &manner, &worker->ends);
	if (error) {
		folder_remove(folder);
		return error;
	}
	worker->folder = TAKE_POINTER(folder);
	worker->told_to_end = false;
	set_state(worker, SERVE_WORKER_STARTING);
	empty(worker);
	return NULL;
}

char *serve_worker_new_path(struct serve_worker *worker, const char *suffix)
{
	char *path;

	return asprintf(&path, "%s/%u%s", worker->folder, ++worker->written, suffix) < 0 ? NULL
											 : path;
}

struct error *serve_worker_run(struct serve_worker *worker, const struct line_words *words)
{
	const struct worker_request request = {.position = "", .words = words};
	struct error *error = worker_send(&worker->ends, &request);

	set_state(worker, SERVE_WORKER_BUSY);
	empty(worker);
	return error;
}

static void interrupt_begun(struct serve_worker *worker)
{
	if (worker->state != SERVE_WORKER_BUSY || !worker->interrupt || worker->interrupted ||
		!worker->begun)
		return;
	worker->interrupted = true;
	kill(worker->ends.process, SIGINT);
}

void serve_worker_interrupt(struct serve_worker *worker)
{
	worker->interrupt = true;
	interrupt_begun(worker);
}

/* One that is about something is interrupted: it reads what it is to do next, and there is no more.
 */
void serve_worker_leave(struct serve_worker *worker)
{
	if (worker->state == SERVE_WORKER_NONE || worker->state == SERVE_WORKER_LEAVING)
		return;
	shutdown(worker->ends.control, SHUT_WR);
	if (worker->state == SERVE_WORKER_BUSY && worker->begun && !worker->interrupted)
		kill(worker->ends.process, SIGINT);
	set_state(worker, SERVE_WORKER_LEAVING);
}

uint64_t serve_worker_check(struct serve_worker *worker, uint64_t patience)
{
	uint64_t now = clock_monotonic();

	if (worker->state == SERVE_WORKER_NONE || worker->state == SERVE_WORKER_IDLE)
		return UINT64_MAX;
	if (now < worker->since + patience)
		return worker->since + patience;
	if (!worker->told_to_end) {
		worker->told_to_end = true;
		serve_worker_leave(worker);
		kill(worker->ends.process, SIGTERM);
		return worker->since + patience;
	}
	kill(worker->ends.process, SIGKILL);
	return now + patience;
}

static void take_stream(int fd, size_t limit, struct string_builder *text)
{
	char buffer[READ_SIZE];
	ssize_t length;

	do {
		length = read(fd, buffer, sizeof(buffer));
		if (length > 0 && text->length + (size_t)length <= limit)
			string_append_bytes(text, buffer, (size_t)length);
		else if (length > 0)
			text->length = text->length < limit ? limit : text->length;
	} while (length > 0 || (length < 0 && errno == EINTR));
}

static void take_streams(struct serve_worker *worker)
{
	take_stream(worker->ends.out, OUT_MAX, &worker->out);
	take_stream(worker->ends.messages, MESSAGES_MAX, &worker->messages);
}

static bool can_be_read(int fd)
{
	struct pollfd state = {fd, POLLIN, 0};

	return poll(&state, 1, 0) == 1;
}

static json_t *parse(const struct serve_worker *worker)
{
	json_error_t problem;
	json_t *value;

	if (worker->out.failed || !worker->out.text)
		return NULL;
	value = json_loadb(worker->out.text, worker->out.length, JSON_DISABLE_EOF_CHECK, &problem);
	if (json_is_object(value))
		return value;
	json_decref(value);
	return NULL;
}

static void fill_in(struct serve_worker *worker, int status, struct serve_outcome *ret)
{
	take_streams(worker);
	*ret = (struct serve_outcome){
		.status = status,
		.answer = parse(worker),
		.out = worker->out.text ? worker->out.text : "",
		.messages = worker->messages.text ? worker->messages.text : "",
	};
}

static void reap(struct serve_worker *worker, struct serve_outcome *ret)
{
	int status = 0;

	while (waitpid(worker->ends.process, &status, 0) < 0 && errno == EINTR)
		;
	fill_in(worker, WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_COMMAND_FAILED, ret);
	ret->killed = WIFSIGNALED(status);
	cleanup_close(&worker->ends.control);
	cleanup_close(&worker->ends.out);
	cleanup_close(&worker->ends.messages);
	/* It does so itself, but where it was killed. */
	folder_remove(worker->folder);
	free(TAKE_POINTER(worker->folder));
	set_state(worker, SERVE_WORKER_NONE);
}

static enum serve_worker_event take_reply(
	struct serve_worker *worker, const struct worker_reply *reply, struct serve_outcome *ret)
{
	bool attaches = worker->state == SERVE_WORKER_STARTING;

	if (reply->status == WORKER_BEGUN) {
		worker->begun = clock_monotonic();
		interrupt_begun(worker);
		if (worker->state == SERVE_WORKER_LEAVING)
			kill(worker->ends.process, SIGINT);
		return SERVE_WORKER_NOTHING;
	}
	/* One that was refused ends. */
	if (worker->state == SERVE_WORKER_LEAVING || (attaches && reply->status))
		return SERVE_WORKER_NOTHING;
	fill_in(worker, reply->status, ret);
	set_state(worker, SERVE_WORKER_IDLE);
	return attaches ? SERVE_WORKER_ATTACHED : SERVE_WORKER_DONE;
}

enum serve_worker_event serve_worker_take(struct serve_worker *worker, struct serve_outcome *ret)
{
	enum serve_worker_event event = SERVE_WORKER_NOTHING;
	struct worker_reply reply;

	if (worker->state == SERVE_WORKER_NONE)
		return event;
	take_streams(worker);
	while (event == SERVE_WORKER_NOTHING && can_be_read(worker->ends.control)) {
		if (!worker_receive(&worker->ends, &reply)) {
			reap(worker, ret);
			return SERVE_WORKER_ENDED;
		}
		event = take_reply(worker, &reply, ret);
	}
	return event;
}
