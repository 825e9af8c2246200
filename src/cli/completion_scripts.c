#include "cli/completion_scripts.h"

#include <string.h>

#include "cli/files.h"

static const struct {
	const char *argument;
	enum value_kind kind;
} kinds[] = {
	{"FILE", VALUE_FILE},
	{"FILE[=MODULE]", VALUE_FILE},
	{"DIR", VALUE_FOLDER},
	{"PROFILE", VALUE_PROFILE},
	{"PID", VALUE_PID},
	{"NAME", VALUE_PROCESS_NAME},
};

enum value_kind value_kind(const struct command_option *option)
{
	if (!option->argument)
		return VALUE_NONE;
	if (option->choices)
		return VALUE_CHOICE;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(option->argument, kinds[i].argument) == 0)
			return kinds[i].kind;
	return VALUE_ANY;
}

/* Names in parts, "stats.": there are too many for a script. */
static bool is_in_parts(const struct completion *completion)
{
	ARRAY_FOR_EACH (word, &completion->candidates)
		if (strchr(word->text, '.'))
			return true;
	return false;
}

void argument_kinds_init(
	struct session *session, const struct command *command, struct argument_kinds *ret)
{
	*ret = (struct argument_kinds){.words = {.session = session, .text = ""}};
	ret->processes = command->complete == complete_processes;
	if (!command->complete || ret->processes)
		return;
	command->complete(&ret->words);
	ret->files = ret->words.files;
	ret->asks = command->maximum > 1 && !ret->files;
	if (!is_in_parts(&ret->words))
		return;
	completion_deinit(&ret->words);
	ret->asks = true;
}

void argument_kinds_deinit(struct argument_kinds *argument_kinds)
{
	completion_deinit(&argument_kinds->words);
}

bool print_words(FILE *stream, const struct argument_kinds *argument_kinds, const char *before,
	const char *behind)
{
	bool any = false;

	ARRAY_FOR_EACH (word, &argument_kinds->words.candidates) {
		fprintf(stream, "%s%s", any ? " " : before, word->text);
		any = true;
	}
	if (any)
		fputs(behind, stream);
	return any;
}

void print_choices(FILE *stream, const struct command_option *option)
{
	for (const char *const *choice = option->choices; *choice; choice++)
		fprintf(stream, "%s%s", choice == option->choices ? "" : " ", *choice);
}

void print_escaped(FILE *stream, const char *text, const char *characters)
{
	for (; *text; text++) {
		if (strchr(characters, *text))
			putc('\\', stream);
		putc(*text, stream);
	}
}

void print_profile_suffixes(
	FILE *stream, const char *before, const char *behind, const char *between)
{
	const char *suffix;

	for (size_t i = 0; (suffix = file_readable_suffix(i)); i++)
		fprintf(stream, "%s%s%s%s", i ? between : "", before, suffix, behind);
}
