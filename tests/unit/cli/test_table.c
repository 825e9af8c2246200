#include "../base/test_support.h"

#include <stdio.h>

#include "base/array.h"
#include "cli/foreign_words.h"
#include "cli/suggestion.h"
#include "cli/table.h"

static void assert_phrase(const char *command, const char *text)
{
	if (!text || !text[0] || text[strlen(text) - 1] == '.')
		fail_msg("%s: '%s' is no phrase", command, text ? text : "");
}

static void assert_sentences(const char *command, const char *text)
{
	if (!text || !text[0] || text[strlen(text) - 1] != '.')
		fail_msg("%s: '%s' are no sentences", command, text ? text : "");
}

static void every_command_is_described(void **state)
{
	size_t count;
	const struct command *const *commands = command_table(&count);

	(void)state;
	assert_true(count > 0);
	for (size_t i = 0; i < count; i++) {
		const struct command *command = commands[i];

		assert_non_null(command->run);
		assert_non_null(command->usage);
		assert_phrase(command->name, command->summary);
		assert_sentences(command->name, command->description);
		assert_non_null(command->examples);
		assert_non_null(command->examples[0]);
		assert_true(command->minimum <= command->maximum);
		assert_true(command->maximum == 0 || command->usage[0]);
		assert_non_null(command_group_title(command->group));
	}
}

static void every_option_is_told_apart(void **state)
{
	size_t count;
	const struct command *const *commands = command_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct command_option *options = commands[i]->options;

		for (const struct command_option *o = options; o && o->name; o++) {
			if (o->help)
				assert_phrase(o->name, o->help);
			for (const struct command_option *other = options; other < o; other++) {
				assert_string_not_equal(other->name, o->name);
				assert_false(o->letter && other->letter == o->letter);
			}
		}
	}
}

static void examples_name_a_command_or_a_setting(void **state)
{
	size_t count;
	const struct command *const *commands = command_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		for (const char *const *e = commands[i]->examples; *e; e++) {
			const struct command *found;
			const char *number;
			char word[64];
			enum setting_id id;

			assert_int_equal(sscanf(*e, "%63[^ =]", word), 1);
			struct error *error = (*e)[strlen(word)] == '='
						      ? setting_find(word, &id)
						      : command_find(word, &found, &number);
			assert_success(error);
		}
	}
}

static void names_are_all_different(void **state)
{
	size_t count;
	const struct command *const *commands = command_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(commands[i]->name, commands[j]->name);
}

static void assert_found(const char *word, const char *name, const char *number)
{
	const struct command *found = NULL;
	const char *got = NULL;

	assert_success(command_find(word, &found, &got));
	assert_string_equal(found->name, name);
	if (number)
		assert_string_equal(got, number);
	else
		assert_null(got);
}

static void commands_are_found(void **state)
{
	(void)state;
	assert_found("quit", "quit", NULL);
	assert_found("exit", "quit", NULL);
	assert_found("q", "quit", NULL);
	assert_found("sou", "source", NULL);
	assert_found("top", "top", NULL);
	assert_found("top10", "top", "10");
}

static void assert_not_found(const char *word, const char *message, const char *hint)
{
	const struct command *found;
	const char *number;

	assert_error(command_find(word, &found, &number), ERROR_USAGE, message, hint);
}

static void what_is_no_command_gets_a_hint(void **state)
{
	(void)state;
	assert_not_found("hlep", "there is no command 'hlep'", "did you mean help?");
	assert_not_found("exti", "there is no command 'exti'", "did you mean exit?");
	assert_not_found("sourrce", "there is no command 'sourrce'", "did you mean source?");
	assert_not_found("xyzzy", "there is no command 'xyzzy'", "`help` lists the commands");
	assert_not_found("", "there is no command ''", "`help` lists the commands");
	assert_not_found("load7", "there is no command 'load7'", "did you mean load?");
	assert_not_found("top10x", "there is no command 'top10x'", "`help` lists the commands");
}

static void what_could_be_more_than_one_is_listed(void **state)
{
	const struct command *found;
	const char *number;
	struct error *error = command_find("s", &found, &number);

	(void)state;
	assert_non_null(error);
	assert_string_equal(error->message, "'s' begins more than one command");
	assert_ptr_equal(strstr(error->hint, "it could be: "), error->hint);
	assert_non_null(strstr(error->hint, "set"));
	assert_non_null(strstr(error->hint, "show"));
	assert_null(strstr(error->hint, "help"));
	error_destroy(error);
}

static void assert_served(const struct foreign_word *foreign)
{
	const struct command *found;
	const char *number;

	assert_phrase(foreign->words, foreign->text);
	if (foreign->command)
		assert_found(foreign->command, foreign->command, NULL);
	else
		assert_null(strchr(foreign->words, ' '));
	/* A command by that name, or that begins so, would have been run instead. */
	if (strchr(foreign->words, ' '))
		return;
	struct error *error = command_find(foreign->words, &found, &number);
	if (!error)
		fail_msg("'%s' is %s", foreign->words, found->name);
	assert_non_null(error->hint);
	assert_non_null(strstr(error->hint, foreign->text));
	error_destroy(error);
}

static void words_of_other_tools_get_the_name_of_what_serves(void **state)
{
	static char thread[] = "thread", apply[] = "apply", all[] = "all";
	char *line[] = {thread, apply, all};
	size_t count;
	const struct foreign_word *words = foreign_words(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_served(&words[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(words[i].words, words[j].words);
	}
	assert_non_null(foreign_words_find(line, 3));
	assert_non_null(foreign_words_find(line, 2));
	assert_null(foreign_words_find(line, 1));
	assert_null(foreign_words_find(line + 1, 2));
	assert_not_found("1234", "there is no command '1234'", "did you mean attach 1234?");
}

static void distances_are_counted(void **state)
{
	(void)state;
	assert_int_equal(edit_distance("", ""), 0);
	assert_int_equal(edit_distance("", "abc"), 3);
	assert_int_equal(edit_distance("help", "help"), 0);
	assert_int_equal(edit_distance("hlep", "help"), 1);
	assert_int_equal(edit_distance("hel", "help"), 1);
	assert_int_equal(edit_distance("helpp", "help"), 1);
	assert_int_equal(edit_distance("halp", "help"), 1);
	assert_int_equal(edit_distance("kitten", "sitting"), 3);
	assert_int_equal(edit_distance("a", "a very long word of more than 32 letters"), SIZE_MAX);
}

static void the_nearest_is_suggested(void **state)
{
	struct suggestion near = suggestion_for("durtion");
	struct suggestion far = suggestion_for("abc");

	(void)state;
	suggestion_consider(&near, "direction");
	suggestion_consider(&near, "duration");
	suggestion_consider(&near, "durations");
	assert_string_equal(near.best, "duration");
	suggestion_consider(&far, "axy");
	assert_null(far.best);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_is_described),
		cmocka_unit_test(every_option_is_told_apart),
		cmocka_unit_test(examples_name_a_command_or_a_setting),
		cmocka_unit_test(names_are_all_different),
		cmocka_unit_test(commands_are_found),
		cmocka_unit_test(what_is_no_command_gets_a_hint),
		cmocka_unit_test(what_could_be_more_than_one_is_listed),
		cmocka_unit_test(words_of_other_tools_get_the_name_of_what_serves),
		cmocka_unit_test(distances_are_counted),
		cmocka_unit_test(the_nearest_is_suggested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
