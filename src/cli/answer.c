#include "cli/answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/report.h"

static const char *const kind_names[] = {
	[ERROR_FAILED] = "failed",
	[ERROR_NO_MEMORY] = "no_memory",
	[ERROR_USAGE] = "usage",
	[ERROR_NOT_FOUND] = "not_found",
	[ERROR_GONE] = "gone",
	[ERROR_DENIED] = "denied",
	[ERROR_UNSUPPORTED] = "unsupported",
	[ERROR_MALFORMED] = "malformed",
	[ERROR_INTERRUPTED] = "interrupted",
};

static json_t *position_json(const struct session *session)
{
	if (session->error_position)
		return json_text(session->error_position);
	if (!session->script_name)
		return json_null();
	CLEANUP(cleanup_free) char *position = NULL;
	if (asprintf(&position, "%s:%u", session->script_name, session->script_line) < 0) {
		position = NULL;
		return NULL;
	}
	return json_text(position);
}

static json_t *error_json(const struct session *session, const struct error *error)
{
	json_t *object = json_object();

	json_put(&object, "kind", json_text(kind_names[error->kind]));
	json_put(&object, "message", json_text(error->message));
	json_put(&object, "hint", json_text(error->hint));
	json_put(&object, "position", position_json(session));
	return object;
}

void answer_put(struct session *session, const char *key, json_t *value)
{
	if (!session->answer)
		session->answer = json_object();
	json_put(&session->answer, key, value);
	session->answer_failed |= !session->answer;
}

void answer_put_saved(struct session *session, const char *path)
{
	answer_put(session, "saved",
		json_text(path && session->joint_path ? session->joint_path : path));
}

struct error *answer_put_all(struct session *session, json_t *object)
{
	const char *key;
	json_t *value;

	if (!object)
		return &error_no_memory;
	json_object_foreach(object, key, value) answer_put(session, key, json_incref(value));
	json_decref(object);
	return session->answer_failed ? &error_no_memory : NULL;
}

/* The command comes first, whoever reads it. */
static json_t *take_answer(struct session *session, const char *command, const struct error *error)
{
	json_t *object = json_object();

	json_put(&object, "command", json_text(command));
	if (object && session->answer && json_object_update(object, session->answer) < 0) {
		json_decref(object);
		object = NULL;
	}
	if (object && error)
		json_put(&object, "error", error_json(session, error));
	if (session->answer_failed) {
		json_decref(object);
		object = NULL;
	}
	json_decref(session->answer);
	session->answer = NULL;
	session->answer_failed = false;
	return object;
}

static struct error *print_object(FILE *out, json_t *object)
{
	bool failed = !object || json_dumpf(object, out, JSON_COMPACT) < 0;

	json_decref(object);
	if (!failed)
		fputc('\n', out);
	return failed && !ferror(out) ? &error_no_memory : NULL;
}

struct error *answer_print_part(struct session *session, const char *command)
{
	struct error *error = print_object(session->out, take_answer(session, command, NULL));

	fflush(session->out);
	return error;
}

static void put_text(struct session *session, const char *text, size_t length)
{
	struct cursor rest = cursor_over(text, length), line;
	json_t *array = json_array();

	while (cursor_take_line(&rest, &line)) {
		CLEANUP(cleanup_free) char *copy = strndup(line.at, cursor_left(&line));

		json_add(&array, copy ? json_text(copy) : NULL);
	}
	answer_put(session, "text", array);
}

bool answer_wanted(const struct session *session, const struct arguments *arguments)
{
	return settings_number(&session->settings, SETTING_JSON) ||
	       arguments_has(arguments, "json");
}

/* What runs other commands has nothing to wrap: each of them answers for itself. */
static bool needs_wrapping(const struct command *command)
{
	return !command->prints_json && !command->stops_at_argument;
}

struct error *answer_begin(
	struct session *session, const struct arguments *arguments, struct answer_scope *ret)
{
	struct answer_scope scope = {
		.arguments = arguments,
		.former_out = session->out,
		.former_answer = session->answer,
		.former_json = session->json,
		.former_failed = session->answer_failed,
	};
	bool wanted = session->json || answer_wanted(session, arguments);

	*ret = scope;
	if (wanted && needs_wrapping(arguments->command)) {
		ret->text = open_memstream(&ret->text_bytes, &ret->text_length);
		if (!ret->text)
			return &error_no_memory;
		session->out = ret->text;
	}
	session->json = wanted;
	session->answer = NULL;
	session->answer_failed = false;
	return NULL;
}

static void finish_text(struct session *session, struct answer_scope *scope)
{
	if (!scope->text)
		return;
	session->out = scope->former_out;
	if (fclose(scope->text) == 0)
		put_text(session, scope->text_bytes, scope->text_length);
	else
		session->answer_failed = true;
	free(scope->text_bytes);
}

struct error *answer_end(struct session *session, struct answer_scope *scope, struct error *error)
{
	struct error *print_error = NULL;

	if (session->json) {
		finish_text(session, scope);
		if (error)
			error = report_point_at_doctor(session, error);
		print_error = print_object(
			session->out, take_answer(session, scope->arguments->command->name, error));
	}
	session->json = scope->former_json;
	session->answer = scope->former_answer;
	session->answer_failed = scope->former_failed;
	if (!error)
		return print_error;
	error_destroy(print_error);
	return error;
}

struct error *answer_refusal(struct session *session, const char *command, char *const *words,
	size_t count, struct error *error)
{
	bool wanted = session->json || settings_number(&session->settings, SETTING_JSON);
	json_t *of_outer = session->answer;

	for (size_t i = 0; i < count && !wanted; i++)
		wanted = strcmp(words[i], "--json") == 0;
	if (!wanted)
		return error;
	error = report_point_at_doctor(session, error);
	session->answer = NULL;
	error_destroy(print_object(session->out, take_answer(session, command, error)));
	session->answer = of_outer;
	return error;
}
