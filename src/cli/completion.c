#include "cli/completion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/table.h"

static const char blanks_and_quotes[] = " \t\n\"'";
static const char with_equals[] = " \t\n\"'=";
static const char with_redirections[] = " \t\n\"'=>|";

/* What an argument or an option's value of that name can be. */
static const struct {
	const char *argument;
	void (*complete)(struct completion *completion);
} value_kinds[] = {
	{"FILE", complete_files},
	{"FILE[=MODULE]", complete_files},
	{"DIR", complete_files},
	{"PROFILE", complete_profiles_and_files},
	{"PATTERN", complete_functions},
	{"THREAD", complete_threads},
	{"PID", complete_processes},
	{"NAME", complete_process_names},
	{"TYPE", complete_sample_types},
};

static void append(struct completion *completion, const char *text, const char *note, unsigned rank)
{
	struct completion_candidate candidate = {
		.text = strdup(text),
		.note = note ? strdup(note) : NULL,
		.rank = rank,
	};
	struct error *error =
		candidate.text && (candidate.note || !note)
			? completion_candidates_append(&completion->candidates, candidate)
			: &error_no_memory;

	if (!error)
		return;
	completion->failed = true;
	free(candidate.text);
	free(candidate.note);
	error_destroy(error);
}

void completion_add_note(
	struct completion *completion, const char *candidate, const char *note, unsigned rank)
{
	if (strncmp(candidate, completion->text, strlen(completion->text)) == 0)
		append(completion, candidate, note, rank);
}

void completion_add(struct completion *completion, const char *candidate)
{
	completion_add_note(completion, candidate, NULL, 0);
}

static void candidate_deinit(struct completion_candidate *candidate)
{
	free(candidate->text);
	free(candidate->note);
}

void completion_deinit(struct completion *completion)
{
	ARRAY_FOR_EACH (candidate, &completion->candidates)
		candidate_deinit(candidate);
	completion_candidates_deinit(&completion->candidates);
}

/* Numbers in names by their value: @2 before @10. */
static int compare(const void *one, const void *other)
{
	const struct completion_candidate *a = one, *b = other;
	int order = strverscmp(a->text, b->text);

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return order;
}

/* Equal ones stand beside each other if their rank is the same. */
static void put_in_order(struct completion_candidates *candidates)
{
	size_t kept = 0;

	if (!candidates->count)
		return;
	qsort(candidates->items, candidates->count, sizeof(*candidates->items), compare);
	for (size_t i = 1; i < candidates->count; i++) {
		if (strcmp(candidates->items[kept].text, candidates->items[i].text) == 0)
			candidate_deinit(&candidates->items[i]);
		else
			candidates->items[++kept] = candidates->items[i];
	}
	candidates->count = kept + 1;
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

void complete_profile_files(struct completion *completion)
{
	completion->files = true;
}

/* As `profiles` has it: a file is called by its name, too. NULL without memory. */
static char *describe(const struct session_profile *profile)
{
	bool described = profile->description && profile->description[0];
	bool is_file = profile->origin && profile->origin[0];
	char *text;

	if (!described)
		return strdup(profile->name);
	if (!is_file)
		return strdup(profile->description);
	return asprintf(&text, "%s: %s", profile->name, profile->description) < 0 ? NULL : text;
}

void complete_profiles(struct completion *completion)
{
	char text[16];

	ARRAY_FOR_EACH (profile, &completion->session->profiles) {
		CLEANUP(cleanup_free) char *description = describe(profile);

		snprintf(text, sizeof(text), "@%u", profile->number);
		completion_add_note(completion, text, description, 0);
	}
}

void complete_profiles_and_files(struct completion *completion)
{
	complete_profiles(completion);
	complete_files(completion);
}

static void complete_choices(struct completion *completion, const char *name)
{
	enum setting_id id;
	struct error *error = setting_find(name, &id);

	if (!error && (id == SETTING_DEBUG_DIR || id == SETTING_SYMBOLS || id == SETTING_SYSROOT))
		complete_files(completion);
	if (!error && id == SETTING_SAMPLE_INDEX)
		complete_sample_types(completion);
	for (const char *const *choice = error ? NULL : setting_describe(id)->choices;
		choice && *choice; choice++)
		completion_add(completion, *choice);
	error_destroy(error);
}

void complete_settings(struct completion *completion)
{
	if (completion->index > 0) {
		complete_choices(completion, completion->previous);
		return;
	}
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		completion_add(completion, setting_describe(id)->name);
}

/* "--cum" and, as pprof has it, "-cum". */
static void complete_options(struct completion *completion, const struct command *command)
{
	const char *dashes = completion->text[1] && completion->text[1] != '-' ? "-" : "--";

	for (const struct command_option *o = NULL; (o = command_next_option(command, o));) {
		char text[64];

		if (!o->help)
			continue;
		snprintf(text, sizeof(text), "%s%s", dashes, o->name);
		completion_add_note(completion, text, o->help, 0);
	}
}

/* "focus=", once it is begun. */
static void complete_option_words(struct completion *completion, const struct command *command)
{
	for (const struct command_option *o = command->options; completion->text[0] && o && o->name;
		o++) {
		char text[64];

		if (!o->word)
			continue;
		snprintf(text, sizeof(text), "%s=", o->name);
		completion_add_note(completion, text, o->help, 1);
	}
}

static bool same_name(const char *name, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!name[i] || (text[i] == '_' ? '-' : text[i]) != name[i])
			return false;
	return !name[length];
}

/* The option that takes a value and is called so: "-d", "--duration", "duration". */
static const struct command_option *find_option(
	const struct command *command, const char *word, size_t length)
{
	size_t dashes = strspn(word, "-");

	for (const struct command_option *o = command->options; o && o->name; o++) {
		if (!o->argument)
			continue;
		if (dashes == 1 && length == 2 && word[1] == o->letter)
			return o;
		if (dashes <= 2 && same_name(o->name, word + dashes, length - dashes))
			return o;
	}
	return NULL;
}

/* The option whose value is still to come: the last word is its name, or its letter. */
static const struct command_option *pending_option(
	const struct command *command, const struct line *line)
{
	const char *word = line->words.items[line->words.count - 1];

	return line->words.count > 1 && word[0] == '-' ? find_option(command, word, strlen(word))
						       : NULL;
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1];
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
		if (is_option(word))
			continue;
		completion->index++;
		completion->previous = word;
	}
}

static void complete_value(struct completion *completion, const struct command_option *option)
{
	if (option->complete) {
		option->complete(completion);
		return;
	}
	for (const char *const *choice = option->choices; choice && *choice; choice++)
		completion_add(completion, *choice);
	for (size_t i = 0; i < ARRAY_SIZE(value_kinds); i++)
		if (strcmp(option->argument, value_kinds[i].argument) == 0)
			value_kinds[i].complete(completion);
}

static const struct command *find_command(const char *word)
{
	const struct command *command;
	const char *number;
	struct error *error = command_find(word, &command, &number);

	if (!error)
		return command;
	error_destroy(error);
	return NULL;
}

/* Behind "NAME=", of an option or of a setting. The word with it is no argument. */
static void complete_assigned(struct completion *completion, const struct line *line)
{
	const char *word = line->words.items[line->words.count - 1];
	CLEANUP(cleanup_free) char *name = strndup(word, strlen(word) - 1);
	const struct command *command = find_command(line->words.items[0]);
	const struct command_option *option = NULL;
	struct line before = *line;

	if (!name)
		return;
	before.words.count--;
	if (before.words.count && command)
		option = find_option(command, name, strlen(name));
	if (before.words.count && command)
		count_arguments(completion, command, &before);
	if (option)
		complete_value(completion, option);
	else if (!before.words.count || (command && command->complete == complete_settings))
		complete_choices(completion, name);
}

static void complete_argument(struct completion *completion, const struct line *line)
{
	const struct command *command = find_command(line->words.items[0]);
	const struct command_option *option;

	if (!command)
		return;
	option = pending_option(command, line);
	count_arguments(completion, command, line);
	if (option) {
		complete_value(completion, option);
	} else if (completion->text[0] == '-') {
		complete_options(completion, command);
	} else {
		complete_option_words(completion, command);
		if (command->complete && completion->index < command->maximum)
			command->complete(completion);
	}
}

/* The first word of a pipeline's part is a program. */
static void complete_pipe(struct completion *completion, const char *written)
{
	size_t length = written ? strlen(written) : 0;

	while (length && strchr(" \t", written[length - 1]))
		length--;
	if ((!length || strchr("|;&(", written[length - 1])) && !strchr(completion->text, '/'))
		complete_programs(completion);
	else
		completion->files = true;
}

static bool is_assignment(struct cursor before, const struct line *line)
{
	return line->words.count && cursor_left(&before) && before.end[-1] == '=';
}

/* An open quote, or whatever is no line yet: a pattern, or else a file's name. */
static void complete_in_quotes(struct completion *completion, struct cursor before)
{
	CLEANUP(line_deinit) struct line line = {0};
	const char *quote = before.end;
	struct error *error;

	while (quote > before.at && quote[-1] != '\'' && quote[-1] != '"')
		quote--;
	if (quote == before.at || quote != before.end) {
		completion->files = true;
		return;
	}
	error = line_lex_unfinished((struct cursor){before.at, quote - 1}, &line);
	if (!error && line.words.count && line.redirection == REDIRECTION_NONE) {
		completion->line = &line;
		if (quote - 1 > before.at && quote[-2] == '=')
			complete_assigned(completion, &line);
		else
			complete_argument(completion, &line);
		completion->line = NULL;
	}
	error_destroy(error);
	if (!completion->candidates.count)
		completion->files = true;
}

void completion_make(
	struct session *session, struct cursor before, const char *text, struct completion *ret)
{
	struct completion completion = {.session = session, .text = text};
	CLEANUP(line_deinit) struct line line = {0};
	struct error *error = line_lex_unfinished(before, &line);

	completion.line = &line;
	if (error)
		complete_in_quotes(&completion, before);
	else if (line.redirection == REDIRECTION_PIPE)
		complete_pipe(&completion, line.destination);
	else if (line.redirection != REDIRECTION_NONE)
		completion.files = true;
	else if (is_assignment(before, &line))
		complete_assigned(&completion, &line);
	else if (!line.words.count)
		complete_commands(&completion);
	else
		complete_argument(&completion, &line);
	error_destroy(error);
	put_in_order(&completion.candidates);
	completion.previous = NULL;
	completion.line = NULL;
	*ret = completion;
}

/* Past its end if it is blank there. */
static const char *find_last_word(struct cursor line)
{
	const char *start = line.at;
	char quote = '\0';

	for (const char *c = line.at; c < line.end; c++) {
		if (quote) {
			quote = *c == quote ? '\0' : quote;
			continue;
		}
		if (*c == '"' || *c == '\'')
			quote = *c;
		else if (*c == '|' && c == start)
			return c;
		else if (*c == ' ' || *c == '\t')
			start = c + 1;
	}
	return start;
}

const char *completion_break_characters(struct cursor line)
{
	const char *word = find_last_word(line);
	size_t name = 0;

	if (word == line.end)
		return with_redirections;
	if (*word == '>' || *word == '|')
		return with_redirections;
	while (word + name < line.end && strchr("-_abcdefghijklmnopqrstuvwxyz", word[name]))
		name++;
	return name && word + name < line.end && word[name] == '=' ? with_equals
								   : blanks_and_quotes;
}
