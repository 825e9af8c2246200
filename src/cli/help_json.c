#include "cli/answer.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/json.h"
#include "cli/table.h"

static json_t *option_json(const struct command_option *option)
{
	const char letter[] = {option->letter, '\0'};
	json_t *object = json_object();

	json_put(&object, "name", json_text(option->name));
	json_put(&object, "letter", json_text(option->letter ? letter : NULL));
	json_put(&object, "argument", json_text(option->argument));
	json_put(&object, "help", json_text(option->help));
	json_put(&object, "word", json_boolean(option->word));
	return object;
}

/* Also those that the help does not show: they are there. */
static json_t *options_json(const struct command *command)
{
	json_t *array = json_array();

	for (const struct command_option *o = NULL; (o = command_next_option(command, o));)
		json_add(&array, option_json(o));
	return array;
}

static json_t *examples_json(const struct command *command)
{
	json_t *array = json_array();

	for (const char *const *example = command->examples; *example; example++)
		json_add(&array, json_text(*example));
	return array;
}

static json_t *count_json(unsigned count)
{
	return count == UINT32_MAX ? json_null() : json_integer(count);
}

static json_t *command_json(const struct command *command)
{
	json_t *object = json_object();

	json_put(&object, "name", json_text(command->name));
	json_put(&object, "alias", json_text(command->alias));
	json_put(&object, "group", json_text(command_group_title(command->group)));
	json_put(&object, "usage", json_text(command->usage));
	json_put(&object, "summary", json_text(command->summary));
	json_put(&object, "description", json_text(command->description));
	json_put(&object, "examples", examples_json(command));
	json_put(&object, "options", options_json(command));
	json_put(&object, "minimum", count_json(command->minimum));
	json_put(&object, "maximum", count_json(command->maximum));
	json_put(&object, "repeatable", json_boolean(command->repeatable));
	return object;
}

void help_answer(struct session *session, const struct command *command)
{
	json_t *array = json_array();
	size_t count;
	const struct command *const *commands = command_table(&count);

	for (size_t i = 0; i < count; i++)
		if (!command || commands[i] == command)
			json_add(&array, command_json(commands[i]));
	answer_put(session, "commands", array);
	if (command)
		return;
	answer_put(session, "version", json_text(LIMPET_VERSION));
	answer_put(session, "usage", json_text(command_line.usage));
	answer_put(session, "options", options_json(&command_line));
}
