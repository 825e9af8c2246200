#include "cli/arguments.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/quantity.h"
#include "base/string_builder.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/suggestion.h"

static const struct command_option json_option = {
	.name = "json", .help = "one JSON object instead of text"};

static bool has_own_json(const struct command *command)
{
	for (const struct command_option *o = command->options; o && o->name; o++)
		if (strcmp(o->name, json_option.name) == 0)
			return true;
	return false;
}

const struct command_option *command_next_option(
	const struct command *command, const struct command_option *before)
{
	const struct command_option *next = before ? before + 1 : command->options;

	if (before == &json_option)
		return NULL;
	if (next && next->name)
		return next;
	return has_own_json(command) ? NULL : &json_option;
}

struct parser {
	const struct command *command;
	char *const *words;
	size_t count;
	size_t next;
	struct arguments arguments;
};

/* limpet itself has no name here: what it says begins with that anyway. */
static struct error *usage_error(const struct command *command, const char *what)
{
	struct error *error = error_create(ERROR_USAGE, "%s", what);

	if (command->name[0])
		error = error_add_context(error, "%s", command->name);
	return error_set_hint(error, "usage: %s%s%s", command->name,
		command->name[0] && command->usage[0] ? " " : "", command->usage);
}

struct error *arguments_error(const struct arguments *arguments, const char *format, ...)
{
	CLEANUP(cleanup_free) char *what = NULL;
	va_list list;

	va_start(list, format);
	int length = vasprintf(&what, format, list);
	va_end(list);
	if (length < 0) {
		what = NULL;
		return &error_no_memory;
	}
	return usage_error(arguments->command, what);
}

/* Whether the length bytes are the whole name, or with *ret_prefix the start of it. */
static bool name_begins(const char *name, const char *text, size_t length, bool *ret_whole)
{
	for (size_t i = 0; i < length; i++) {
		char c = text[i] == '_' ? '-' : text[i];

		if (!name[i] || c != (name[i] == '_' ? '-' : name[i]))
			return false;
	}
	*ret_whole = name[length] == '\0';
	return true;
}

enum match { MATCH_NONE, MATCH_AMBIGUOUS, MATCH_PREFIX, MATCH_WHOLE };

static enum match find_option(const struct command *command, const char *text, size_t length,
	const struct command_option **ret)
{
	enum match match = MATCH_NONE;

	for (const struct command_option *o = NULL; (o = command_next_option(command, o));) {
		bool whole;

		if (!name_begins(o->name, text, length, &whole))
			continue;
		*ret = o;
		if (whole)
			return MATCH_WHOLE;
		match = match == MATCH_NONE ? MATCH_PREFIX : MATCH_AMBIGUOUS;
	}
	return match;
}

static const struct command_option *find_letter(const struct command *command, char letter)
{
	for (const struct command_option *o = command->options; o && o->name; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

static struct error *add_option(
	struct parser *parser, const struct command_option *option, const char *value)
{
	return given_options_append(
		&parser->arguments.options, (struct given_option){option, value});
}

/* The value is what stands behind the option's name, or else the next word. */
static struct error *take_value(
	struct parser *parser, const struct command_option *option, const char *attached)
{
	if (attached)
		return add_option(parser, option, attached);
	if (parser->next < parser->count)
		return add_option(parser, option, parser->words[parser->next++]);
	return arguments_error(
		&parser->arguments, "--%s needs a value: %s", option->name, option->argument);
}

static struct error *unknown_option(struct parser *parser, const char *name, size_t length)
{
	CLEANUP(cleanup_free) char *word = strndup(name, length);
	struct error *error;

	if (!word)
		return &error_no_memory;
	struct suggestion suggestion = suggestion_for(word);
	for (const struct command_option *o = NULL; (o = command_next_option(parser->command, o));)
		if (o->help)
			suggestion_consider(&suggestion, o->name);
	error = arguments_error(
		&parser->arguments, "there is no option %s%s", length == 1 ? "-" : "--", word);
	if (suggestion.best)
		error = error_set_hint(error, "did you mean --%s?", suggestion.best);
	return error;
}

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return false;
}

/* Of the words that pprof takes. */
static bool says_no(const char *text)
{
	static const char *const words[] = {"false", "f", "0", "no", "n"};

	return is_one_of(text, words, ARRAY_SIZE(words));
}

static bool says_yes(const char *text)
{
	static const char *const words[] = {"true", "t", "1", "yes", "y"};

	return is_one_of(text, words, ARRAY_SIZE(words));
}

static struct error *take_boolean(
	struct parser *parser, const struct command_option *option, const char *value)
{
	if (says_yes(value) || says_no(value))
		return add_option(parser, option, value);
	return arguments_error(
		&parser->arguments, "--%s takes true or false, not '%s'", option->name, value);
}

/* Behind the dashes. */
static struct error *take_long(struct parser *parser, const char *text)
{
	const char *equals = strchr(text, '=');
	size_t length = equals ? (size_t)(equals - text) : strlen(text);
	const struct command_option *option = NULL;

	switch (find_option(parser->command, text, length, &option)) {
	case MATCH_NONE:
		return unknown_option(parser, text, length);
	case MATCH_AMBIGUOUS:
		return arguments_error(&parser->arguments, "--%.*s begins more than one option",
			(int)length, text);
	default:
		break;
	}
	if (option->argument)
		return take_value(parser, option, equals ? equals + 1 : NULL);
	if (equals && option->boolean)
		return take_boolean(parser, option, equals + 1);
	if (equals)
		return arguments_error(&parser->arguments, "--%s takes no value", option->name);
	return add_option(parser, option, NULL);
}

/* rest: what stands behind the option's letter. */
static bool letter_takes_value(
	const struct parser *parser, const struct command_option *option, const char *rest)
{
	if (!option->argument || !option->number_or_none)
		return option->argument;
	if (!*rest && parser->next < parser->count)
		rest = parser->words[parser->next];
	return text_is_number(rest);
}

/* Behind the dash: letters without values, the last one perhaps with one. */
static struct error *take_letters(struct parser *parser, const char *letters)
{
	for (; *letters; letters++) {
		const struct command_option *option = find_letter(parser->command, *letters);
		struct error *error;

		if (!option)
			return unknown_option(parser, letters, 1);
		if (letter_takes_value(parser, option, letters + 1))
			return take_value(parser, option, letters[1] ? letters + 1 : NULL);
		error = add_option(parser, option, NULL);
		if (error)
			return error;
	}
	return NULL;
}

/* "-cum" is the long option, if there is one of that name. */
static struct error *take_dashed(struct parser *parser, const char *text)
{
	size_t length = strcspn(text, "=");
	const struct command_option *option;

	if (length > 1 && find_option(parser->command, text, length, &option) == MATCH_WHOLE)
		return take_long(parser, text);
	if (parser->command->takes_patterns &&
		!(find_letter(parser->command, text[0]) && (!text[1] || text_is_number(text + 1))))
		return argument_words_append(&parser->arguments.words, text - 1);
	return take_letters(parser, text);
}

/* Whether the word is one of pprof's: sample_index=inuse_space. */
static bool is_option_word(const struct command *command, const char *word)
{
	const char *equals = strchr(word, '=');
	const struct command_option *option;

	return equals && equals > word &&
	       find_option(command, word, (size_t)(equals - word), &option) == MATCH_WHOLE &&
	       option->word;
}

struct error *arguments_set_number(struct arguments *arguments, const char *number)
{
	const struct command_option *option = arguments->command->options;

	while (strcmp(option->name, arguments->command->number_option) != 0)
		option++;
	return given_options_append(&arguments->options, (struct given_option){option, number});
}

static bool is_argument(const char *word)
{
	return word[0] != '-' || !word[1] || (word[1] >= '0' && word[1] <= '9');
}

static struct error *add_rest(struct parser *parser)
{
	struct error *error = NULL;

	while (!error && parser->next < parser->count)
		error = argument_words_append(
			&parser->arguments.words, parser->words[parser->next++]);
	return error;
}

static bool begins_rest(const struct command *command, const char *word)
{
	return command->rest_after && strcmp(word, command->rest_after) == 0;
}

static struct error *take_next(struct parser *parser)
{
	const char *word = parser->words[parser->next++];

	if (strcmp(word, "--") == 0)
		return add_rest(parser);
	if (strncmp(word, "--", 2) == 0)
		return take_long(parser, word + 2);
	if (!is_argument(word))
		return take_dashed(parser, word + 1);
	if (is_option_word(parser->command, word))
		return take_long(parser, word);
	if (parser->command->number_option && text_is_number(word))
		return arguments_set_number(&parser->arguments, word);
	if (parser->command->stops_at_argument || begins_rest(parser->command, word)) {
		parser->next--;
		return add_rest(parser);
	}
	return argument_words_append(&parser->arguments.words, word);
}

static struct error *check_count(const struct parser *parser)
{
	size_t count = parser->arguments.words.count;

	if (count < parser->command->minimum)
		return arguments_error(&parser->arguments,
			count ? "more arguments are needed" : "an argument is needed");
	if (count <= parser->command->maximum)
		return NULL;
	return arguments_error(&parser->arguments, "'%s' is one argument too many",
		parser->arguments.words.items[parser->command->maximum]);
}

struct error *arguments_parse(
	const struct command *command, char *const *words, size_t count, struct arguments *ret)
{
	struct parser parser = {
		.command = command,
		.words = words,
		.count = count,
		.arguments.command = command,
	};
	struct error *error = NULL;

	while (!error && parser.next < count)
		error = take_next(&parser);
	if (!error)
		error = check_count(&parser);
	if (error) {
		arguments_deinit(&parser.arguments);
		return error;
	}
	*ret = parser.arguments;
	return NULL;
}

void arguments_deinit(struct arguments *arguments)
{
	argument_words_deinit(&arguments->words);
	given_options_deinit(&arguments->options);
}

const char *arguments_word(const struct arguments *arguments, size_t index)
{
	return index < arguments->words.count ? arguments->words.items[index] : NULL;
}

static const struct given_option *find_given(const struct arguments *arguments, const char *name)
{
	const struct given_option *found = NULL;
	const struct command_option *option;

	if (find_option(arguments->command, name, strlen(name), &option) != MATCH_WHOLE)
		abort();
	ARRAY_FOR_EACH (given, &arguments->options)
		if (given->option == option)
			found = given;
	return found;
}

bool arguments_has(const struct arguments *arguments, const char *option)
{
	return arguments_boolean(arguments, option, false);
}

bool arguments_boolean(const struct arguments *arguments, const char *option, bool fallback)
{
	const struct given_option *given = find_given(arguments, option);

	if (!given)
		return fallback;
	return !given->option->boolean || !given->value || !says_no(given->value);
}

const char *arguments_value(const struct arguments *arguments, const char *option)
{
	const struct given_option *given = find_given(arguments, option);

	return given ? given->value : NULL;
}

struct error *arguments_number(const struct arguments *arguments, const char *option,
	uint64_t fallback, uint64_t minimum, uint64_t maximum, uint64_t *ret)
{
	const char *text = arguments_value(arguments, option);
	uint64_t number = fallback;

	if (text && (!parse_unsigned(text, &number) || number < minimum || number > maximum))
		return error_set_hint(
			arguments_error(arguments, "'%s' is no value of --%s", text, option),
			"it takes a whole number from %" PRIu64 " to %" PRIu64, minimum, maximum);
	*ret = number;
	return NULL;
}

struct error *arguments_duration(
	const struct arguments *arguments, const char *option, uint64_t fallback, uint64_t *ret)
{
	const char *text = arguments_value(arguments, option);
	uint64_t duration = fallback;

	if (text && (!parse_duration(text, &duration) || !duration))
		return error_set_hint(
			arguments_error(arguments, "'%s' is no value of --%s", text, option),
			"it takes seconds, or a time such as 500ms or 1m30s");
	*ret = duration;
	return NULL;
}
