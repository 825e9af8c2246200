#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/lexer.h"
#include "cli/table.h"

/* What was misunderstood is said to be the user's, with what to do about it. */
static void check_error(struct error *error)
{
	if (error->kind != ERROR_USAGE || !error->message[0] || !error->hint)
		abort();
	error_destroy(error);
}

static void check_arguments(const struct command *command, const struct arguments *arguments)
{
	if (arguments->words.count < command->minimum || arguments->words.count > command->maximum)
		abort();
	ARRAY_FOR_EACH (given, &arguments->options) {
		if ((given->option->argument != NULL) != (given->value != NULL))
			abort();
		if (!arguments_has(arguments, given->option->name))
			abort();
	}
}

static void check_command(const struct line *line)
{
	const struct command *command;
	struct arguments arguments;
	const char *number;
	struct error *error = command_find(line->words.items[0], &command, &number);

	if (error) {
		check_error(error);
		return;
	}
	error = arguments_parse(
		command, line->words.items + 1, line->words.count - 1, &arguments);
	if (error) {
		check_error(error);
		return;
	}
	check_arguments(command, &arguments);
	arguments_deinit(&arguments);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct line line;
	struct error *error = line_lex(cursor_over(bytes, length), &line);

	if (error) {
		error_destroy(error);
		return 0;
	}
	if (line.words.count)
		check_command(&line);
	line_deinit(&line);
	return 0;
}
