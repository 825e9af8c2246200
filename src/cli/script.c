#include "cli/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/report.h"
#include "cli/run.h"
#include "session/follow.h"

#define DEPTH_MAX 16

static void remember_position(struct session *session, const char *name, unsigned number)
{
	if (!session->error_position &&
		asprintf(&session->error_position, "%s:%u", name, number) < 0)
		session->error_position = NULL;
}

/* The next one is for the lines that follow; what a capture has by then is kept. */
static bool is_end_of_followed(const struct session *session, struct error *error)
{
	if (error->kind != ERROR_GONE || !session_lost_followed(session))
		return false;
	report(session, "%s%s%s", error->message, error->hint ? ": " : "",
		error->hint ? error->hint : "");
	error_destroy(error);
	return true;
}

struct error *script_run_line(
	struct session *session, const char *name, unsigned number, const char *text, size_t length)
{
	const char *former_name = session->script_name;
	unsigned former_line = session->script_line;
	struct error *error;

	session->script_name = name;
	session->script_line = number;
	error = run_line(session, cursor_over(text, length));
	session->script_name = former_name;
	session->script_line = former_line;
	if (!error || is_end_of_followed(session, error))
		return NULL;
	remember_position(session, name, number);
	if (!session->keep_going || error->kind == ERROR_INTERRUPTED)
		return error;
	int status = (int)report_error(session, error);
	if (!session->failure)
		session->failure = status;
	return NULL;
}

static struct error *input_error(const char *what, const char *name, int number)
{
	if (number == EINTR && session_interrupted()) {
		session_clear_interrupts();
		return error_create(ERROR_INTERRUPTED, "interrupted");
	}
	return error_create(ERROR_FAILED, "cannot %s '%s': %s", what, name, strerror(number));
}

static struct error *run_stream(struct session *session, const char *name, FILE *stream)
{
	CLEANUP(cleanup_free) char *line = NULL;
	struct error *error = NULL;
	size_t capacity = 0;

	for (unsigned number = 1; !error && !session->quit; number++) {
		ssize_t length = getline(&line, &capacity, stream);

		if (length < 0)
			return feof(stream) ? NULL : input_error("read", name, errno);
		if (line[length - 1] == '\n')
			length--;
		error = script_run_line(session, name, number, line, (size_t)length);
	}
	return error;
}

static struct error *run_path(struct session *session, const char *path)
{
	if (strcmp(path, "-") == 0)
		return run_stream(session, "<stdin>", stdin);

	CLEANUP(cleanup_fclose) FILE *stream = fopen(path, "re");
	if (!stream)
		return input_error("open", path, errno);
	return run_stream(session, path, stream);
}

struct error *script_run_file(struct session *session, const char *path)
{
	struct error *error;

	if (session->script_depth == DEPTH_MAX)
		return error_create(ERROR_FAILED, "'%s': scripts call scripts more than %d deep",
			path, DEPTH_MAX);
	session->script_depth++;
	error = run_path(session, path);
	session->script_depth--;
	return error;
}
