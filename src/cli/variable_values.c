#include "cli/variable_values.h"
#include "cli/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "cli/json.h"
#include "cli/lexer.h"
#include "cli/report.h"
#include "cli/suggestion.h"
#include "session/attachment.h"

#define TIME_SIZE 32

static struct error *copy(const char *text, char **ret)
{
	*ret = strdup(text);
	return *ret ? NULL : &error_no_memory;
}

static struct error *no_process(const struct session *session, const char *name)
{
	if (session->front)
		return error_set_hint(
			error_create(ERROR_USAGE,
				"$%s has no value: each of several processes has its own", name),
			"%%p and %%n in names of files are those of each process, as in -o "
			"cpu-%%p.svg");
	return error_set_hint(
		error_create(ERROR_USAGE, "$%s has no value: no process is attached", name),
		"name one with -p PID or -n NAME, or in the shell with `attach PID`");
}

static struct error *pid_value(const struct session *session, char **ret)
{
	if (!session->attachment)
		return no_process(session, "pid");
	return asprintf(ret, "%d", session->attachment->target->identity.pid) < 0 ? &error_no_memory
										  : NULL;
}

static struct error *name_value(const struct session *session, char **ret)
{
	if (!session->attachment)
		return no_process(session, "name");
	return copy(session->attachment->target->identity.name, ret);
}

static struct error *profile_value(const struct session *session, char **ret)
{
	if (session->front)
		return error_set_hint(
			error_create(ERROR_USAGE,
				"$profile has no value: each of several processes has its own"),
			"commands take the last one of each where none is named");
	if (!session->profiles.count)
		return error_set_hint(
			error_create(ERROR_USAGE, "$profile has no value: there is no profile yet"),
			"take one with `cpu` or `heap dump`, or `load FILE`");
	return asprintf(ret, "@%zu", session->profiles.count) < 0 ? &error_no_memory : NULL;
}

static struct error *status_value(const struct session *session, char **ret)
{
	return asprintf(ret, "%d", session->status) < 0 ? &error_no_memory : NULL;
}

static struct error *time_value(const struct session *session, char **ret)
{
	char text[TIME_SIZE];
	time_t now = time(NULL);
	struct tm local;

	(void)session;
	if (!localtime_r(&now, &local) || !strftime(text, sizeof(text), "%Y%m%d-%H%M%S", &local))
		return error_create(ERROR_FAILED, "the time of day is unknown");
	return copy(text, ret);
}

static const struct own_variable {
	const char *name;
	struct error *(*value)(const struct session *session, char **ret);
	const char *help;
} own_variables[] = {
	{"pid", pid_value, "number of the process"},
	{"name", name_value, "its name"},
	{"profile", profile_value, "the last profile"},
	{"time", time_value, "local time, as %t in names of files"},
	{"status", status_value, "exit status of the last command"},
};

static const struct own_variable *find_own(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(own_variables); i++)
		if (strcmp(own_variables[i].name, name) == 0)
			return &own_variables[i];
	return NULL;
}

static struct error *unknown(const struct session *session, const char *name)
{
	struct suggestion suggestion = suggestion_for(name);
	struct error *error = error_create(ERROR_USAGE, "there is no variable $%s", name);

	for (size_t i = 0; i < ARRAY_SIZE(own_variables); i++)
		suggestion_consider(&suggestion, own_variables[i].name);
	ARRAY_FOR_EACH (variable, &session->variables)
		suggestion_consider(&suggestion, variable->name);
	if (suggestion.best)
		return error_set_hint(error, "did you mean $%s?", suggestion.best);
	return error_set_hint(error,
		"`set $%s VALUE` makes one, `show` lists them; \\$ or 'quotes' keep a $ as it is",
		name);
}

struct error *variable_value(const struct session *session, const char *name, char **ret)
{
	const struct own_variable *own = find_own(name);
	const char *value = own ? NULL : variables_find(&session->variables, name);

	if (own)
		return own->value(session, ret);
	if (!value)
		value = getenv(name);
	return value ? copy(value, ret) : unknown(session, name);
}

/* The word begins with $. */
static struct error *check_name(const char *word, size_t length)
{
	if (!length || variable_name_length(word + 1, length) != length)
		return error_set_hint(error_create(ERROR_USAGE, "'%s' is no variable", word),
			"its name is of letters, digits and _, as in $dump_2");
	return NULL;
}

static struct error *set(
	struct session *session, const char *word, size_t length, const char *value)
{
	struct error *error = check_name(word, length);
	CLEANUP(cleanup_free) char *name = strndup(word + 1, length);

	if (error)
		return error;
	if (!name)
		return &error_no_memory;
	if (find_own(name))
		return error_set_hint(
			error_create(ERROR_USAGE, "$%s is limpet's own and cannot be set", name),
			"it is: %s", find_own(name)->help);
	return variables_set(&session->variables, name, value);
}

struct error *variable_set_words(struct session *session, const struct arguments *arguments)
{
	const char *word = arguments_word(arguments, 0);
	const char *value = arguments_word(arguments, 1), *last = arguments_word(arguments, 2);
	const char *equals = strchr(word, '=');

	if (!value && !equals)
		return arguments_error(arguments, "a value for '%s' is needed", word);
	if (value && equals)
		return arguments_error(arguments,
			"'%s' is one argument too many: a value with blanks needs quotes", value);
	if (!value)
		return set(session, word, (size_t)(equals - word - 1), equals + 1);
	if (last && strcmp(value, "=") != 0)
		return arguments_error(arguments, "'%s' is one argument too many", last);
	return set(session, word, strlen(word + 1), last ? last : value);
}

static json_t *variable_json(const char *name, const char *value)
{
	return json_pack("{s:o, s:o}", "name", json_text(name), "value", json_text(value));
}

struct error *variable_show(struct session *session, const char *word)
{
	CLEANUP(cleanup_free) char *value = NULL;
	struct error *error = check_name(word, strlen(word + 1));

	if (!error)
		error = variable_value(session, word + 1, &value);
	if (error)
		return error;
	if (session->json) {
		answer_put(session, "variables", json_pack("[o]", variable_json(word + 1, value)));
		return NULL;
	}
	print_text(session->out, value);
	fputc('\n', session->out);
	return NULL;
}

static void print(
	const struct session *session, const char *name, const char *value, const char *help)
{
	int width = 13 - (int)strlen(name);

	fprintf(session->out, "$%s%*s ", name, width > 0 ? width : 0, "");
	print_text(session->out, value[0] ? value : "\"\"");
	width = 10 - (int)strlen(value);
	fprintf(session->out, "%*s%s%s\n", help[0] && width > 0 ? width : 0, "", help[0] ? " " : "",
		help);
}

static void answer_all(struct session *session)
{
	json_t *array = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(own_variables); i++) {
		CLEANUP(cleanup_free) char *value = NULL;
		CLEANUP(cleanup_error)
		struct error *error = own_variables[i].value(session, &value);

		json_add(&array, variable_json(own_variables[i].name, error ? NULL : value));
	}
	ARRAY_FOR_EACH (variable, &session->variables)
		json_add(&array, variable_json(variable->name, variable->value));
	answer_put(session, "variables", array);
}

void variables_print(struct session *session)
{
	if (session->json) {
		answer_all(session);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(own_variables); i++) {
		CLEANUP(cleanup_free) char *value = NULL;
		CLEANUP(cleanup_error)
		struct error *error = own_variables[i].value(session, &value);

		print(session, own_variables[i].name, error ? "-" : value, own_variables[i].help);
	}
	ARRAY_FOR_EACH (variable, &session->variables)
		print(session, variable->name, variable->value, "");
}

void variables_export(const struct session *session)
{
	ARRAY_FOR_EACH (variable, &session->variables)
		setenv(variable->name, variable->value, 1);
	for (size_t i = 0; i < ARRAY_SIZE(own_variables); i++) {
		CLEANUP(cleanup_free) char *value = NULL;
		CLEANUP(cleanup_error)
		struct error *error = own_variables[i].value(session, &value);

		if (!error)
			setenv(own_variables[i].name, value, 1);
	}
}
