#include "cli/command_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/json.h"
#include "cli/suggestion.h"
#include "cli/variable_values.h"
#include "session/debug_files.h"

static const struct command_option show_options[] = {
	{.name = "origin", .help = "and where each value came from"},
	{0},
};

struct error *setting_find_meant(const char *name, enum setting_id *ret)
{
	struct suggestion suggestion = suggestion_for(name);
	struct error *error = setting_find(name, ret);

	if (!error)
		return NULL;
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		suggestion_consider(&suggestion, setting_describe(id)->name);
	return suggestion.best ? error_set_hint(error, "did you mean %s?", suggestion.best) : error;
}

static json_t *setting_json(const struct session *session, enum setting_id id)
{
	const struct setting *setting = setting_describe(id);

	return json_pack("{s:s, s:o, s:s, s:o, s:s}", "name", setting->name, "value",
		json_text(settings_text(&session->settings, id)), "initial", setting->initial,
		"origin", json_text(settings_origin(&session->settings, id)), "help",
		setting->help);
}

static void answer_settings(struct session *session, json_t *settings)
{
	answer_put(session, "settings", settings);
	answer_put(session, "variables", json_array());
}

static void answer(struct session *session, enum setting_id first, enum setting_id end)
{
	json_t *array = json_array();

	for (enum setting_id id = first; id < end; id++)
		json_add(&array, setting_json(session, id));
	answer_settings(session, array);
}

struct error *settings_answer(struct session *session, const enum setting_id *ids, size_t count)
{
	json_t *array;

	if (!settings_number(&session->settings, SETTING_JSON))
		return NULL;
	array = json_array();
	for (size_t i = 0; i < count; i++)
		json_add(&array, setting_json(session, ids[i]));
	answer_settings(session, array);
	return answer_print_part(session, "set");
}

struct error *setting_assign(
	struct session *session, const char *word, const char *value, const char *origin)
{
	CLEANUP(cleanup_free) char *name = strndup(word, value ? strlen(word) : strcspn(word, "="));
	const char *equals = strchr(word, '=');
	enum setting_id id;
	struct error *error = name ? NULL : &error_no_memory;

	if (!error && !value && !equals)
		error = error_set_hint(
			error_create(ERROR_USAGE, "set: a value for '%s' is needed", word),
			"usage: set [NAME VALUE]");
	if (!error)
		error = setting_find_meant(name, &id);
	if (!error)
		error = session_set(session, id, value ? value : equals + 1);
	if (!error)
		error = settings_set_origin(&session->settings, id, origin);
	if (!error && session->json)
		answer(session, id, id + 1);
	return error;
}

static void print(const struct session *session, enum setting_id id, bool origin)
{
	const struct setting *setting = setting_describe(id);
	const char *value = settings_text(&session->settings, id);

	fprintf(session->out, "%-20s %-10s %s\n", setting->name, value[0] ? value : "\"\"",
		origin ? settings_origin(&session->settings, id) : setting->help);
}

static void print_all(struct session *session, bool origin)
{
	if (session->json)
		answer(session, 0, SETTING_COUNT);
	for (enum setting_id id = 0; id < SETTING_COUNT && !session->json; id++)
		print(session, id, origin);
	variables_print(session);
}

static struct error *show_variable(struct session *session, const char *word)
{
	if (session->json)
		answer(session, 0, 0);
	return variable_show(session, word);
}

static struct error *run_show(struct session *session, const struct arguments *arguments)
{
	bool origin = arguments_has(arguments, "origin");
	const char *name = arguments_word(arguments, 0);
	enum setting_id id;
	struct error *error;

	if (name && name[0] == '$')
		return show_variable(session, name);
	if (!name) {
		print_all(session, origin);
		return NULL;
	}
	error = setting_find_meant(name, &id);
	if (error)
		return error;
	if (session->json)
		answer(session, id, id + 1);
	else if (origin)
		print(session, id, true);
	else
		fprintf(session->out, "%s\n", settings_text(&session->settings, id));
	return NULL;
}

static struct error *run_set(struct session *session, const struct arguments *arguments)
{
	const char *word = arguments_word(arguments, 0);

	if (!word) {
		print_all(session, false);
		return NULL;
	}
	if (word[0] == '$') {
		if (session->json)
			answer(session, 0, 0);
		return variable_set_words(session, arguments);
	}
	if (arguments_word(arguments, 2))
		return arguments_error(
			arguments, "'%s' is one argument too many", arguments_word(arguments, 2));
	return setting_assign(session, word, arguments_word(arguments, 1), "set");
}

const struct command command_set = {
	.name = "set",
	.group = GROUP_SHELL,
	.usage = "[NAME VALUE | $NAME VALUE]",
	.summary = "change a setting, or give a variable its value",
	.description =
		"Settings stand in for options that are not given. `set NAME=VALUE`, and "
		"NAME=VALUE alone, do the same. Without arguments, as "
		"`show`, it lists them.\n\n"
		"An option of a command goes over `set`, that over an option of limpet, that over "
		"an environment variable such as LIMPET_RATE, and that over a line such as `set "
		"rate 199` in $XDG_CONFIG_HOME/limpet/config (~/.config/limpet/config), which "
		"holds nothing but such lines and comments. A wrong line there is reported, and "
		"stops nothing; --no-config leaves the file unread.\n\n"
		"`set $NAME VALUE`, or `set $NAME = VALUE`, makes a variable. $NAME and "
		"${NAME} in a line stand for its value when the line is run, also within "
		"\"double quotes\", but not within 'single quotes'. \\$ is a $, and so "
		"is one before anything that is no name, as in ^main$. limpet has $pid, "
		"$name, $profile (the last one, as in @3), $time and $status (of the last "
		"command); other names are those of the environment. A shell command "
		"behind | finds them all in its environment.",
	.examples = (const char *const[]){"set rate 199", "set duration 1m30s",
		"sample_index=alloc_space", "set $folder /var/tmp",
		"heap dump -o $folder/%n-%t.pb.gz", NULL},
	.maximum = 3,
	.names_variable = true,
	.prints_json = true,
	.reach = REACH_BOTH,
	.run = run_set,
	.complete = complete_settings,
};

const struct command command_show = {
	.name = "show",
	.group = GROUP_SHELL,
	.usage = "[NAME] [--origin]",
	.summary = "print the settings and the variables",
	.description =
		"Without an argument, every setting with its value and what it is for, then "
		"the variables. With one, the value alone. --origin tells where values came "
		"from: the file and line, the environment variable, the option, `set`, or built "
		"in.",
	.examples = (const char *const[]){"show", "show rate", "show $pid", "show --origin", NULL},
	.options = show_options,
	.maximum = 1,
	.names_variable = true,
	.repeatable = true,
	.prints_json = true,
	.reach = REACH_SESSION,
	.run = run_show,
	.complete = complete_settings,
};
