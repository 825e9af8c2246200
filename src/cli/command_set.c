#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/suggestion.h"
#include "session/debug_files.h"

static struct error *find(const char *name, enum setting_id *ret)
{
	struct suggestion suggestion = suggestion_for(name);
	struct error *error = setting_find(name, ret);

	if (!error)
		return NULL;
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		suggestion_consider(&suggestion, setting_describe(id)->name);
	if (suggestion.best)
		error = error_set_hint(error, "did you mean %s?", suggestion.best);
	return error;
}

static struct error *set(struct session *session, const char *name, const char *value)
{
	enum setting_id id;
	struct error *error = find(name, &id);

	return error ? error : session_set(session, id, value);
}

static void print(const struct session *session, enum setting_id id)
{
	const struct setting *setting = setting_describe(id);
	const char *value = settings_text(&session->settings, id);

	fprintf(session->out, "%-14s %-10s %s\n", setting->name, value[0] ? value : "\"\"",
		setting->help);
}

static struct error *run_show(struct session *session, const struct arguments *arguments)
{
	const char *name = arguments_word(arguments, 0);
	enum setting_id id;
	struct error *error;

	if (name) {
		error = find(name, &id);
		if (!error)
			fprintf(session->out, "%s\n", settings_text(&session->settings, id));
		return error;
	}
	for (id = 0; id < SETTING_COUNT; id++)
		print(session, id);
	return NULL;
}

static struct error *run_set(struct session *session, const struct arguments *arguments)
{
	const char *word = arguments_word(arguments, 0);
	const char *value = arguments_word(arguments, 1);

	if (!word)
		return run_show(session, arguments);
	CLEANUP(cleanup_free) char *name = strndup(word, strcspn(word, "="));
	if (!name)
		return &error_no_memory;
	if (value)
		return set(session, word, value);
	value = strchr(word, '=');
	if (!value)
		return arguments_error(arguments, "a value for '%s' is needed", word);
	return set(session, name, value + 1);
}

const struct command command_set = {
	.name = "set",
	.group = GROUP_SHELL,
	.usage = "[NAME VALUE]",
	.summary = "change a setting",
	.description = "Settings stand in for options that are not given. `set NAME=VALUE`, and "
		       "NAME=VALUE alone, do the same. Without arguments, as `show`, it lists "
		       "them.",
	.examples = (const char *const[]){"set rate 199", "set duration 1m30s",
		"sample_index=alloc_space", NULL},
	.maximum = 2,
	.run = run_set,
	.complete = complete_settings,
};

const struct command command_show = {
	.name = "show",
	.group = GROUP_SHELL,
	.usage = "[NAME]",
	.summary = "print the settings",
	.description = "Without an argument, every setting with its value and what it is for. With "
		       "one, the value alone.",
	.examples = (const char *const[]){"show", "show rate", NULL},
	.maximum = 1,
	.repeatable = true,
	.run = run_show,
	.complete = complete_settings,
};
