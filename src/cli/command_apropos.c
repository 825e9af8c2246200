#include <string.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/help_topics.h"
#include "cli/json.h"
#include "cli/table.h"

static bool says(const char *text, const char *word)
{
	return text && strcasestr(text, word);
}

static bool option_mentions(const struct command_option *option, const char *word)
{
	return option->help && (says(option->name, word) || says(option->help, word));
}

static bool mentions(const struct command *command, const char *word)
{
	for (const struct command_option *option = command->options; option && option->name;
		option++)
		if (option_mentions(option, word))
			return true;
	for (const char *const *example = command->examples; example && *example; example++)
		if (says(*example, word))
			return true;
	return says(command->name, word) || says(command->alias, word) ||
	       says(command->summary, word) || says(command->description, word);
}

static bool command_mentions_all(const struct command *command, const struct argument_words *words)
{
	ARRAY_FOR_EACH (word, words)
		if (!mentions(command, *word))
			return false;
	return true;
}

static bool entry_mentions_all(
	const char *name, const char *help, const struct argument_words *words)
{
	ARRAY_FOR_EACH (word, words)
		if (!says(name, *word) && !says(help, *word))
			return false;
	return true;
}

/* Which of the options it is about, if all words are in one. */
static void print_options(
	FILE *out, const struct command *command, const struct argument_words *words)
{
	for (const struct command_option *option = command->options; option && option->name;
		option++) {
		bool all = true;

		ARRAY_FOR_EACH (word, words)
			all &= option_mentions(option, *word);
		if (all)
			fprintf(out, "%-10s --%s: %s\n", "", option->name, option->help);
	}
}

static struct error *nothing_found(const struct argument_words *words)
{
	STRING_BUILDER(text);

	ARRAY_FOR_EACH (word, words)
		string_append_format(&text, "%s%s", text.length ? " " : "", *word);
	return error_set_hint(
		error_create(ERROR_NOT_FOUND, "no help mentions '%s'", text.text ? text.text : ""),
		"`help` lists all commands");
}

/* Where what is found goes: arrays of JSON, or the terminal. */
struct finding {
	struct session *session;
	const struct argument_words *words;
	json_t *commands, *settings, *topics;
	bool some;
};

static void add(struct finding *finding, json_t **array, const char *name, const char *help)
{
	json_add(array, json_pack("{s:s, s:s}", "name", name, "says", help));
	finding->some = true;
}

static void find_commands(struct finding *finding)
{
	FILE *out = finding->session->out;
	size_t count;
	const struct command *const *commands = command_table(&count);

	for (size_t i = 0; i < count; i++) {
		if (!command_mentions_all(commands[i], finding->words))
			continue;
		add(finding, &finding->commands, commands[i]->name, commands[i]->summary);
		if (finding->session->json)
			continue;
		fprintf(out, "%-10s %s\n", commands[i]->name, commands[i]->summary);
		print_options(out, commands[i], finding->words);
	}
}

static void find_settings(struct finding *finding)
{
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		const struct setting *setting = setting_describe(id);

		if (!entry_mentions_all(setting->name, setting->help, finding->words))
			continue;
		add(finding, &finding->settings, setting->name, setting->help);
		if (!finding->session->json)
			fprintf(finding->session->out, "set %s: %s\n", setting->name,
				setting->help);
	}
}

static void find_topics(struct finding *finding)
{
	size_t count;
	const struct help_topic *topics = help_topics(&count);

	for (size_t i = 0; i < count; i++) {
		if (!entry_mentions_all(topics[i].name, topics[i].summary, finding->words))
			continue;
		add(finding, &finding->topics, topics[i].name, topics[i].summary);
		if (!finding->session->json)
			fprintf(finding->session->out, "help %s: %s\n", topics[i].name,
				topics[i].summary);
	}
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	struct finding finding = {
		.session = session,
		.words = &arguments->words,
		.commands = json_array(),
		.settings = json_array(),
		.topics = json_array(),
	};

	find_commands(&finding);
	find_settings(&finding);
	find_topics(&finding);
	if (session->json) {
		answer_put(session, "commands", finding.commands);
		answer_put(session, "settings", finding.settings);
		answer_put(session, "topics", finding.topics);
	} else {
		json_decref(finding.commands);
		json_decref(finding.settings);
		json_decref(finding.topics);
	}
	return finding.some ? NULL : nothing_found(&arguments->words);
}

const struct command command_apropos = {
	.name = "apropos",
	.group = GROUP_SHELL,
	.usage = "WORD...",
	.summary = "find commands and settings by words of their help",
	.description =
		"Searches names, descriptions, options and examples of all commands, settings and "
		"topics of the help, for what has every WORD. Upper and lower case are the same.",
	.examples = (const char *const[]){"apropos flame", "apropos heap grow", NULL},
	.minimum = 1,
	.maximum = UINT32_MAX,
	.prints_json = true,
	.reach = REACH_SESSION,
	.run = run,
};
