#include <string.h>

#include "cli/answer.h"
#include "cli/command.h"
#include "cli/help_topics.h"
#include "cli/json.h"
#include "cli/table.h"

static bool says(const char *text, const char *word)
{
	return text && strcasestr(text, word);
}

static struct error *nothing(const char *word)
{
	return error_set_hint(error_create(ERROR_NOT_FOUND, "no help mentions '%s'", word),
		"`help` lists all commands");
}

static bool mentions(const struct command *command, const char *word)
{
	for (const struct command_option *option = command->options; option && option->name;
		option++)
		if (option->help && (says(option->name, word) || says(option->help, word)))
			return true;
	return says(command->name, word) || says(command->alias, word) ||
	       says(command->summary, word) || says(command->description, word);
}

static json_t *found_json(const char *name, const char *says)
{
	return json_pack("{s:s, s:s}", "name", name, "says", says);
}

static struct error *answer(struct session *session, const char *word)
{
	json_t *found = json_array(), *settings = json_array();
	size_t count;
	const struct command *const *commands = command_table(&count);

	for (size_t i = 0; i < count; i++)
		if (mentions(commands[i], word))
			json_add(&found, found_json(commands[i]->name, commands[i]->summary));
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		const struct setting *setting = setting_describe(id);

		if (says(setting->name, word) || says(setting->help, word))
			json_add(&settings, found_json(setting->name, setting->help));
	}
	bool any = json_array_size(found) || json_array_size(settings);
	answer_put(session, "commands", found);
	answer_put(session, "settings", settings);
	return any ? NULL : nothing(word);
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	const char *word = arguments_word(arguments, 0);
	bool found = false;
	size_t count, topic_count;
	const struct help_topic *topics = help_topics(&topic_count);
	const struct command *const *commands = command_table(&count);

	if (session->json)
		return answer(session, word);
	for (size_t i = 0; i < count; i++) {
		if (!mentions(commands[i], word))
			continue;
		found = true;
		fprintf(session->out, "%-10s %s\n", commands[i]->name, commands[i]->summary);
	}
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		const struct setting *setting = setting_describe(id);

		if (!says(setting->name, word) && !says(setting->help, word))
			continue;
		found = true;
		fprintf(session->out, "set %s: %s\n", setting->name, setting->help);
	}
	for (size_t i = 0; i < topic_count; i++) {
		if (!says(topics[i].name, word) && !says(topics[i].summary, word))
			continue;
		found = true;
		fprintf(session->out, "help %s: %s\n", topics[i].name, topics[i].summary);
	}
	if (found)
		return NULL;
	return nothing(word);
}

const struct command command_apropos = {
	.name = "apropos",
	.group = GROUP_SHELL,
	.usage = "WORD",
	.summary = "find commands and settings by a word of their help",
	.description =
		"Searches names, descriptions and options of all commands, and the settings. "
		"Upper and lower case are the same.",
	.examples = (const char *const[]){"apropos flame", "apropos memory", NULL},
	.minimum = 1,
	.maximum = 1,
	.prints_json = true,
	.run = run,
};
