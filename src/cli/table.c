#include "cli/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "base/text.h"
#include "cli/foreign_words.h"
#include "cli/suggestion.h"

/* Each one is a struct command in the file of its name: command_top.c. */
#define COMMANDS(COMMAND)                                                                          \
	COMMAND(attach)                                                                            \
	COMMAND(detach)                                                                            \
	COMMAND(info)                                                                              \
	COMMAND(threads)                                                                           \
	COMMAND(doctor)                                                                            \
	COMMAND(cpu)                                                                               \
	COMMAND(live)                                                                              \
	COMMAND(stacks)                                                                            \
	COMMAND(heap)                                                                              \
	COMMAND(ctl)                                                                               \
	COMMAND(stats)                                                                             \
	COMMAND(profiles)                                                                          \
	COMMAND(top)                                                                               \
	COMMAND(tree)                                                                              \
	COMMAND(peek)                                                                              \
	COMMAND(list)                                                                              \
	COMMAND(traces)                                                                            \
	COMMAND(diff)                                                                              \
	COMMAND(names)                                                                             \
	COMMAND(symbol)                                                                            \
	COMMAND(flame)                                                                             \
	COMMAND(load)                                                                              \
	COMMAND(save)                                                                              \
	COMMAND(convert)                                                                           \
	COMMAND(push)                                                                              \
	COMMAND(source)                                                                            \
	COMMAND(watch)                                                                             \
	COMMAND(on)                                                                                \
	COMMAND(wait)                                                                              \
	COMMAND(sleep)                                                                             \
	COMMAND(serve)                                                                             \
	COMMAND(record)                                                                            \
	COMMAND(dump)                                                                              \
	COMMAND(report)                                                                            \
	COMMAND(set)                                                                               \
	COMMAND(show)                                                                              \
	COMMAND(help)                                                                              \
	COMMAND(apropos)                                                                           \
	COMMAND(history)                                                                           \
	COMMAND(completion)                                                                        \
	COMMAND(version)                                                                           \
	COMMAND(quit)

#define DECLARE(name) extern const struct command command_##name;
COMMANDS(DECLARE)
#define ADDRESS(name) &command_##name,
static const struct command *const commands[] = {COMMANDS(ADDRESS)};

static const char *const group_titles[GROUP_COUNT] = {
	[GROUP_PROCESS] = "The process",
	[GROUP_CPU] = "What it does",
	[GROUP_HEAP] = "What holds its memory",
	[GROUP_PROFILES] = "Profiles and files",
	[GROUP_SCRIPTS] = "Scripts",
	[GROUP_WORDS] = "In the words of py-spy and perf",
	[GROUP_SHELL] = "Settings and help",
};

const struct command *const *command_table(size_t *count)
{
	*count = ARRAY_SIZE(commands);
	return commands;
}

const char *command_group_title(enum command_group group)
{
	return group_titles[group];
}

static const struct command *find_whole(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i]->name, word) == 0 ||
			(commands[i]->alias && strcmp(commands[i]->alias, word) == 0))
			return commands[i];
	return NULL;
}

/* "top10": the name of a command that takes a number, and the number. */
static const struct command *find_with_number(const char *word, const char **ret_number)
{
	size_t length = strcspn(word, "0123456789");
	size_t digits = strspn(word + length, "0123456789");

	if (!digits || word[length + digits])
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!commands[i]->number_option || strlen(commands[i]->name) != length ||
			strncmp(commands[i]->name, word, length) != 0)
			continue;
		*ret_number = word + length;
		return commands[i];
	}
	return NULL;
}

static struct error *ambiguous(const char *word)
{
	struct error *error = error_create(ERROR_USAGE, "'%s' begins more than one command", word);
	STRING_BUILDER(names);

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strncmp(commands[i]->name, word, strlen(word)) == 0)
			string_append_format(
				&names, "%s%s", names.length ? ", " : "", commands[i]->name);
	return error_set_hint(error, "it could be: %s", names.text ? names.text : "");
}

static struct error *unknown(const char *word)
{
	struct error *error = error_create(ERROR_USAGE, "there is no command '%s'", word);
	const struct foreign_word *foreign = foreign_words_find_one(word);
	struct suggestion suggestion = suggestion_for(word);

	if (foreign && !foreign->command)
		return error_set_hint(error, "%s", foreign->text);
	if (foreign)
		return error_set_hint(error, "`%s`: %s", foreign->command, foreign->text);
	if (text_is_number(word))
		return error_set_hint(error, "did you mean attach %s?", word);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		suggestion_consider(&suggestion, commands[i]->name);
		if (commands[i]->alias)
			suggestion_consider(&suggestion, commands[i]->alias);
	}
	if (suggestion.best)
		return error_set_hint(error, "did you mean %s?", suggestion.best);
	return error_set_hint(error, "`help` lists the commands");
}

static struct error *find_prefix(const char *word, const struct command **ret)
{
	const struct command *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strncmp(commands[i]->name, word, strlen(word)) != 0)
			continue;
		if (found)
			return ambiguous(word);
		found = commands[i];
	}
	if (!found)
		return unknown(word);
	*ret = found;
	return NULL;
}

struct error *command_find(const char *word, const struct command **ret, const char **ret_number)
{
	const char *number = NULL;
	const struct command *found = find_whole(word);

	if (!found)
		found = find_with_number(word, &number);
	*ret_number = number;
	if (!found)
		return word[0] ? find_prefix(word, ret) : unknown(word);
	*ret = found;
	return NULL;
}
