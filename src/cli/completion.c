#include "cli/completion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/lexer.h"
#include "cli/table.h"

void completion_add(struct completion *completion, const char *candidate)
{
	struct error *error;

	if (strncmp(candidate, completion->text, strlen(completion->text)) != 0)
		return;
	ARRAY_FOR_EACH (known, &completion->candidates)
		if (strcmp(*known, candidate) == 0)
			return;
	char *copy = strdup(candidate);
	error = copy ? completion_candidates_append(&completion->candidates, copy)
		     : &error_no_memory;
	if (!error)
		return;
	completion->failed = true;
	free(copy);
	error_destroy(error);
}

void completion_deinit(struct completion *completion)
{
	ARRAY_FOR_EACH (candidate, &completion->candidates)
		free(*candidate);
	completion_candidates_deinit(&completion->candidates);
}

void complete_commands(struct completion *completion)
{
	size_t count;
	const struct command *const *commands = command_table(&count);

	for (size_t i = 0; i < count; i++) {
		completion_add(completion, commands[i]->name);
		if (commands[i]->alias && completion->text[0])
			completion_add(completion, commands[i]->alias);
	}
}

void complete_files(struct completion *completion)
{
	completion->files = true;
}

void complete_profiles(struct completion *completion)
{
	char text[16];

	ARRAY_FOR_EACH (profile, &completion->session->profiles) {
		snprintf(text, sizeof(text), "@%u", profile->number);
		completion_add(completion, text);
	}
}

void complete_profiles_and_files(struct completion *completion)
{
	complete_profiles(completion);
	complete_files(completion);
}

static void complete_choices(struct completion *completion)
{
	enum setting_id id;
	struct error *error = setting_find(completion->previous, &id);

	for (const char *const *choice = error ? NULL : setting_describe(id)->choices;
		choice && *choice; choice++)
		completion_add(completion, *choice);
	error_destroy(error);
}

void complete_settings(struct completion *completion)
{
	if (completion->index > 0) {
		complete_choices(completion);
		return;
	}
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		completion_add(completion, setting_describe(id)->name);
}

static void complete_options(struct completion *completion, const struct command *command)
{
	for (const struct command_option *o = command->options; o && o->name; o++) {
		char text[64];

		if (!o->help)
			continue;
		snprintf(text, sizeof(text), "--%s", o->name);
		completion_add(completion, text);
	}
}

/* The option whose value is still to come: the last word is its name, or its letter. */
static const struct command_option *pending_option(
	const struct command *command, const struct line *line)
{
	const char *word = line->words.items[line->words.count - 1];

	if (line->words.count < 2 || word[0] != '-')
		return NULL;
	for (const struct command_option *o = command->options; o && o->name; o++) {
		bool is_letter = word[1] == o->letter && o->letter && !word[2];

		if (o->argument &&
			(is_letter || (word[1] == '-' && strcmp(word + 2, o->name) == 0)))
			return o;
	}
	return NULL;
}

/* Options and their values are not counted. */
static void count_arguments(
	struct completion *completion, const struct command *command, const struct line *line)
{
	struct line known = *line;

	for (known.words.count = 2; known.words.count <= line->words.count; known.words.count++) {
		const char *word = line->words.items[known.words.count - 1];

		if (pending_option(command, &known)) {
			known.words.count++;
			continue;
		}
		if (word[0] == '-' && word[1])
			continue;
		completion->index++;
		completion->previous = word;
	}
}

static void complete_argument(struct completion *completion, const struct line *line)
{
	const struct command *command;
	const struct command_option *option;
	const char *number;
	struct error *error = command_find(line->words.items[0], &command, &number);

	if (error) {
		error_destroy(error);
		return;
	}
	option = pending_option(command, line);
	count_arguments(completion, command, line);
	if (option)
		completion->files = strcmp(option->argument, "FILE") == 0;
	else if (completion->text[0] == '-')
		complete_options(completion, command);
	else if (command->complete && completion->index < command->maximum)
		command->complete(completion);
}

/* An open quote, or whatever is no line yet: nothing but a file's name could be meant. */
void completion_make(
	struct session *session, struct cursor before, const char *text, struct completion *ret)
{
	struct completion completion = {.session = session, .text = text};
	CLEANUP(line_deinit) struct line line = {0};
	struct error *error = line_lex_unfinished(before, &line);

	if (error || line.redirection != REDIRECTION_NONE)
		completion.files = true;
	else if (!line.words.count)
		complete_commands(&completion);
	else
		complete_argument(&completion, &line);
	error_destroy(error);
	completion.previous = NULL;
	*ret = completion;
}
