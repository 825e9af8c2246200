#include "../base/test_support.h"

#include <ctype.h>
#include <stdio.h>

#include "base/string_builder.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/lexer.h"
#include "cli/run.h"
#include "cli/situations.h"
#include "cli/table.h"

/* Whether the command has the option that stands there: "-d", "--wall". */
extern const struct command command_on;

static bool has_option(const struct command *command, const char *text, size_t length)
{
	for (const struct command_option *o = NULL; (o = command_next_option(command, o));) {
		if (length == 2 && o->letter && o->letter == text[1])
			return true;
		if (length > 2 && strlen(o->name) == length - 2 &&
			strncmp(o->name, text + 2, length - 2) == 0)
			return true;
	}
	return false;
}

/* "-ti" is "-t" and "-i". */
static void assert_option(const struct command *command, const char *text, size_t length)
{
	if (text[1] == '-') {
		if (!has_option(command, text, length))
			fail_msg("%s: there is no %.*s", command->name, (int)length, text);
		return;
	}
	for (size_t i = 1; i < length; i++) {
		const char letter[] = {'-', text[i]};

		if (!has_option(command, letter, sizeof(letter)))
			fail_msg("%s: there is no -%c", command->name, text[i]);
	}
}

static void assert_options_of_usage(const struct command *command)
{
	for (const char *c = command->usage; *c; c++) {
		bool begins = c == command->usage || strchr(" [|", c[-1]);
		size_t length = 1;

		if (!begins || *c != '-')
			continue;
		while (isalnum((unsigned char)c[length]) || c[length] == '-')
			length++;
		/* "-IGNORE" is a pattern behind a dash, in capitals as all that stands for something. */
		if (isupper((unsigned char)c[1]) && isupper((unsigned char)c[2]))
			continue;
		if (length > 1 && !(length == 2 && c[1] == '-'))
			assert_option(command, c, length);
	}
}

static void options_of_usage_lines_exist(void **state)
{
	size_t count;
	const struct command *const *commands = command_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		assert_options_of_usage(commands[i]);
	assert_options_of_usage(&command_line);
}

static void assert_line_parses(const char *text)
{
	const struct cursor cursor = cursor_over(text, strlen(text));
	CLEANUP(line_deinit) struct line line = {0};
	CLEANUP(arguments_deinit) struct arguments arguments = {0};
	struct error *error = strncmp(text, "on ", 3) == 0
				      ? line_lex_until(cursor, command_on.rest_after, NULL, &line)
				      : line_lex(cursor, &line);

	if (!error && line.words.count)
		error = run_parse(line.words.items, line.words.count, &arguments);
	if (error)
		fail_msg("`%s`: %s", text, error->message);
}

static void examples_parse(void **state)
{
	size_t count;
	const struct command *const *commands = command_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		for (const char *const *example = commands[i]->examples; *example; example++)
			assert_line_parses(*example);
}

/* The line of a situation, for sh: limpet's options, and a command with its own. */
static void assert_call_parses(const char *text)
{
	CLEANUP(line_deinit) struct line line = {0};
	CLEANUP(arguments_deinit) struct arguments call = {0}, command = {0};
	size_t first = 1;

	assert_success(line_lex(cursor_over(text, strlen(text)), &line));
	if (strcmp(line.words.items[0], "sudo") == 0)
		first++;
	assert_string_equal(line.words.items[first - 1], "limpet");
	struct error *error = arguments_parse(
		&command_line, line.words.items + first, line.words.count - first, &call);
	if (error)
		fail_msg("`%s`: %s", text, error->message);
	ARRAY_FOR_EACH (given, &call.options)
		if (given->option->letter == 'e')
			assert_line_parses(given->value);
	if (!call.words.count)
		return;
	size_t behind = line.words.count - call.words.count;
	error = run_parse(line.words.items + behind, call.words.count, &command);
	if (error)
		fail_msg("`%s`: %s", text, error->message);
}

static void situations_parse(void **state)
{
	size_t count;
	const struct situation *table = situations(&count);

	(void)state;
	assert_int_equal(count, 10);
	for (size_t i = 0; i < count; i++) {
		assert_non_null(table[i].commands[0]);
		for (const char *const *line = table[i].commands; *line; line++)
			assert_call_parses(*line);
	}
}

/*
 * Hidden options are other names of what the help tells of, or are for limpet's own build and
 * scripts: each on purpose.
 */
static const char *const hidden[] = {"base", "before", "call-graph", "call-tree", "compact-labels",
	"divide-by", "focus", "list", "nodecount", "noinlines", "processes", "scdoc", "word", NULL};

static void hidden_options_are_known(void **state)
{
	size_t count;
	const struct command *const *commands = command_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		for (const struct command_option *o = NULL;
			(o = command_next_option(commands[i], o));) {
			const char *const *known = hidden;

			while (!o->help && *known && strcmp(*known, o->name) != 0)
				known++;
			if (!o->help && !*known)
				fail_msg("%s: --%s has no help", commands[i]->name, o->name);
		}
	}
}

static void choices_are_in_the_help(void **state)
{
	size_t count;
	const struct command *const *commands = command_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		for (const struct command_option *o = NULL;
			(o = command_next_option(commands[i], o));)
			for (const char *const *choice = o->choices; choice && *choice; choice++)
				assert_non_null(strstr(o->help, *choice));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_of_usage_lines_exist),
		cmocka_unit_test(examples_parse),
		cmocka_unit_test(situations_parse),
		cmocka_unit_test(hidden_options_are_known),
		cmocka_unit_test(choices_are_in_the_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
