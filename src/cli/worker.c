#include "cli/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/report.h"
#include "cli/run.h"
#include "cli/script.h"
#include "session/attachment.h"

#define CONTROL     3 /* the worker's end */
#define TEXTS       2 /* before the words */
#define REQUEST_MAX (64U << 20)

struct request_header {
	uint32_t length; /* of the texts that follow: position, joint path, words, each with its NUL
			  */
	uint32_t color, undo;
};

/* The worker's side. */

/* Whether all of it came. Ctrl-C is for the command that runs, and none does. */
static bool read_whole(void *bytes, size_t length)
{
	uint8_t *at = bytes;

	while (length) {
		ssize_t done = read(CONTROL, at, length);

		if (done == 0 || (done < 0 && errno != EINTR))
			return false;
		if (done < 0)
			continue;
		at += done;
		length -= (size_t)done;
	}
	return true;
}

static struct error *split(struct u8_array *texts, struct line_words *words)
{
	struct cursor rest = cursor_over(texts->items, texts->count);
	struct error *error = NULL;

	while (!error && cursor_left(&rest)) {
		size_t length = strnlen(rest.at, cursor_left(&rest));

		error = line_words_append(
			words, (char *)texts->items + (rest.at - (const char *)texts->items));
		rest.at += length + (length < cursor_left(&rest));
	}
	return error;
}

static bool receive_request(struct request_header *header, struct u8_array *texts)
{
	struct error *error;

	if (!read_whole(header, sizeof(*header)) || !header->length || header->length > REQUEST_MAX)
		return false;
	error = u8_array_reserve(texts, header->length);
	error_destroy(error);
	if (error || !read_whole(texts->items, header->length))
		return false;
	texts->count = header->length;
	texts->items[texts->count - 1] = '\0';
	return true;
}

static int fail(struct session *session, const char *position, struct error *error)
{
	if (error && *position && !session->error_position)
		session->error_position = strdup(position);
	return (int)report_error(session, error);
}

static int run_request(
	struct session *session, const struct request_header *header, struct u8_array *texts)
{
	static const struct switched_before nothing = {0};
	CLEANUP(line_words_deinit) struct line_words words = {0};
	struct error *error = split(texts, &words);
	int status;

	if (!error)
		error = settings_set(
			&session->settings, SETTING_COLOR, header->color ? "always" : "never");
	session->joint_path = words.count > 1 && words.items[1][0] ? words.items[1] : NULL;
	if (!error && words.count > TEXTS)
		error = run_words(session, words.items + TEXTS, words.count - TEXTS);
	session->joint_path = NULL;
	status = fail(session, words.count ? words.items[0] : "", error);
	if (header->undo && (status || words.count <= TEXTS))
		script_undo(session, &nothing);
	return status;
}

/* All that was printed must be in the pipes before. */
static bool reply(struct session *session, int status)
{
	struct worker_reply reply = {.status = status};

	fflush(stdout);
	fflush(stderr);
	if (session->attachment)
		reply.pid = session->attachment->target->identity.pid;
	if (session->target_text)
		snprintf(reply.target, sizeof(reply.target), "%s", session->target_text);
	return send(CONTROL, &reply, sizeof(reply), MSG_NOSIGNAL) == sizeof(reply);
}

static void forget_profiles(struct session *session)
{
	ARRAY_FOR_EACH (profile, &session->profiles)
		session_profile_deinit(profile);
	session->profiles.count = 0;
}

static void serve(struct session *session, const struct worker_manner *manner)
{
	CLEANUP(u8_array_deinit) struct u8_array texts = {0};
	struct request_header header;

	while (texts.count = 0, receive_request(&header, &texts)) {
		session_clear_interrupts();
		if (manner->tells && !reply(session, WORKER_BEGUN))
			break;
		if (!reply(session, run_request(session, &header, &texts)))
			break;
		if (manner->forgets)
			forget_profiles(session);
	}
}

/* The other workers' ends go, so that they notice when the front does. */
static void take_streams(int control, int out, int messages)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

	dup2(nothing, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(messages, STDERR_FILENO);
	dup2(control, CONTROL);
	fcntl(CONTROL, F_SETFD, FD_CLOEXEC);
	close_range(CONTROL + 1, ~0U, 0);
}

/* What belonged to the front's part of the session. */
static void take_session(struct session *session)
{
	session->out = stdout;
	session->paged_out = NULL;
	session->output_gone = false;
	session->json = false;
	session->answer = NULL;
	session->rules = NULL;
	session->written = NULL;
	session->script_name = NULL;
	session->serves_front = true;
	session->front = NULL;
	session->interactive = false;
	session->script_depth = 0;
	session->failure = 0;
	free(TAKE_POINTER(session->error_position));
	free(TAKE_POINTER(session->target_text));
	session_set_last_resort(NULL);
	session_clear_interrupts();
}

/* Without exit(): stdio would set back the place in the script, which the front reads, too. */
static _Noreturn void leave(struct session *session, const struct worker_manner *manner)
{
	static const struct switched_before nothing = {0};
	int status;

	if (manner->undoes)
		script_undo(session, &nothing);
	if (session->one_command) /* it has said so itself */
		session->before_leaving = NULL;
	status = (int)report_error(session, session_detach(session));
	fflush(stdout);
	if (manner->folder)
		folder_remove(manner->folder);
	_exit(status);
}

static _Noreturn void become_worker(
	struct session *session, const char *spec, const struct worker_manner *manner, pid_t front)
{
	struct error *error;
	int status;

	/* Ctrl-C is the front's to hand on. */
	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != front)
		_exit(EXIT_COMMAND_FAILED);
	take_session(session);
	session->json = manner->json;
	session->quiet |= manner->quiet;
	error = session_attach_pid(session, spec);
	if (error)
		error = answer_refusal(session, NULL, NULL, 0, error);
	session->json = false;
	status = (int)report_error(session, error);
	if (reply(session, status) && status == EXIT_DONE)
		serve(session, manner);
	leave(session, manner);
}

/* The front's side. */

struct ends {
	int control[2], out[2], messages[2]; /* the front's, the worker's; -1: none */
};

static void ends_close(struct ends *ends)
{
	int *const all[] = {ends->control, ends->out, ends->messages};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		cleanup_close(&all[i][0]);
		cleanup_close(&all[i][1]);
	}
}

static struct error *ends_open(struct ends *ends)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends->control) == 0 &&
		pipe2(ends->out, O_CLOEXEC) == 0 && pipe2(ends->messages, O_CLOEXEC) == 0 &&
		fcntl(ends->out[0], F_SETFL, O_NONBLOCK) == 0 &&
		fcntl(ends->messages[0], F_SETFL, O_NONBLOCK) == 0)
		return NULL;
	return error_from_errno(errno, "cannot make the pipes to one more process");
}

struct error *worker_start(struct session *session, const char *spec,
	const struct worker_manner *manner, struct worker *ret)
{
	CLEANUP(ends_close) struct ends ends = {{-1, -1}, {-1, -1}, {-1, -1}};
	struct error *error = ends_open(&ends);
	pid_t front = getpid(), process;

	if (error)
		return error;
	/* What is buffered here is not for the worker to print. */
	fflush(session->out);
	fflush(stdout);
	process = fork();
	if (process == 0) {
		take_streams(ends.control[1], ends.out[1], ends.messages[1]);
		become_worker(session, spec, manner, front);
	}
	if (process < 0)
		return error_from_errno(errno, "cannot start a limpet for one more process");
	*ret = (struct worker){
		.process = process,
		.control = TAKE_FD(ends.control[0]),
		.out = TAKE_FD(ends.out[0]),
		.messages = TAKE_FD(ends.messages[0]),
	};
	return NULL;
}

static bool send_whole(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length) {
		ssize_t done = send(fd, at, length, MSG_NOSIGNAL);

		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0) {
			at += done;
			length -= (size_t)done;
		}
	}
	return true;
}

static void append_text(struct string_builder *texts, const char *text)
{
	string_append_bytes(texts, text, strlen(text) + 1);
}

struct error *worker_send(const struct worker *worker, const struct worker_request *request)
{
	CLEANUP(string_builder_deinit) struct string_builder texts = {0};
	struct request_header header = {.color = request->color, .undo = request->undo};

	append_text(&texts, request->position);
	append_text(&texts, request->joint_path ? request->joint_path : "");
	for (size_t i = 0; request->words && i < request->words->count; i++)
		append_text(&texts, request->words->items[i]);
	if (texts.failed)
		return &error_no_memory;
	header.length = (uint32_t)texts.length;
	if (texts.length > REQUEST_MAX)
		return error_create(ERROR_USAGE, "the line is too long");
	if (send_whole(worker->control, &header, sizeof(header)) &&
		send_whole(worker->control, texts.text, texts.length))
		return NULL;
	return error_create(ERROR_GONE, "the limpet for the process has ended");
}

bool worker_receive(const struct worker *worker, struct worker_reply *ret)
{
	ssize_t length;

	do
		length = recv(worker->control, ret, sizeof(*ret), MSG_WAITALL);
	while (length < 0 && errno == EINTR);
	if (length != sizeof(*ret))
		return false;
	ret->target[sizeof(ret->target) - 1] = '\0';
	return true;
}
