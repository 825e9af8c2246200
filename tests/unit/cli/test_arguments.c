#include "../base/test_support.h"

#include "base/string_builder.h"
#include "cli/command.h"
#include "cli/lexer.h"

static const struct command_option options[] = {
	{.name = "duration", .letter = 'd', .argument = "TIME", .help = "how long"},
	{.name = "rate", .letter = 'r', .argument = "HZ", .help = "how often"},
	{.name = "wall", .letter = 'w', .help = "sleeping threads, too"},
	{.name = "cum", .letter = 'c', .help = "sort"},
	{.name = "sample-index", .argument = "TYPE", .help = "which values", .word = true},
	{.name = "secret"},
	{.name = "frequency",
		.letter = 'F',
		.argument = "HZ",
		.help = "how often",
		.number_or_none = true},
	{0},
};

static const struct command sample = {
	.name = "sample",
	.usage = "[FILE] [-d TIME]",
	.options = options,
	.minimum = 0,
	.maximum = 2,
};

static const struct command watch = {
	.name = "watch",
	.usage = "N COMMAND",
	.options = options,
	.minimum = 2,
	.maximum = UINT32_MAX,
	.stops_at_argument = true,
};

static struct line line;

static struct error *parse(const struct command *command, const char *text, struct arguments *ret)
{
	line_deinit(&line);
	assert_success(line_lex(cursor_over(text, strlen(text)), &line));
	return arguments_parse(command, line.words.items, line.words.count, ret);
}

static int forget_line(void **state)
{
	(void)state;
	line_deinit(&line);
	return 0;
}

/* "rate=99 wall [file]" */
static void assert_parsed(const struct command *command, const char *text, const char *expected)
{
	CLEANUP(arguments_deinit) struct arguments arguments = {0};
	STRING_BUILDER(parsed);

	assert_success(parse(command, text, &arguments));
	string_append(&parsed, "");
	ARRAY_FOR_EACH (given, &arguments.options)
		string_append_format(&parsed, "%s%s%s ", given->option->name,
			given->value ? "=" : "", given->value ? given->value : "");
	ARRAY_FOR_EACH (word, &arguments.words)
		string_append_format(&parsed, "[%s]", *word);
	assert_string_equal(parsed.text, expected);
}

static void options_take_all_their_forms(void **state)
{
	(void)state;
	assert_parsed(&sample, "", "");
	assert_parsed(&sample, "-d 10", "duration=10 ");
	assert_parsed(&sample, "-d10", "duration=10 ");
	assert_parsed(&sample, "--duration 10", "duration=10 ");
	assert_parsed(&sample, "--duration=10 -r99", "duration=10 rate=99 ");
	assert_parsed(&sample, "--dur 10", "duration=10 ");
	assert_parsed(&sample, "--duration=", "duration= ");
	assert_parsed(&sample, "-w", "wall ");
	assert_parsed(&sample, "-wcd5", "wall cum duration=5 ");
	assert_parsed(&sample, "-wd 5", "wall duration=5 ");
	assert_parsed(&sample, "-d -5", "duration=-5 ");
	assert_parsed(&sample, "-F 99 -F5 -wF 7", "frequency=99 frequency=5 wall frequency=7 ");
	assert_parsed(&sample, "-F -w", "frequency wall ");
	assert_parsed(&sample, "-Fw -wF a", "frequency wall wall frequency [a]");
	assert_parsed(&sample, "a -w b", "wall [a][b]");
	assert_parsed(&sample, "-- -w --x", "[-w][--x]");
	assert_parsed(&sample, "- -5", "[-][-5]");
	assert_parsed(&sample, "''", "[]");
}

static void options_of_pprof_are_understood(void **state)
{
	(void)state;
	assert_parsed(&sample, "-cum", "cum ");
	assert_parsed(&sample, "-rate=5", "rate=5 ");
	assert_parsed(&sample, "-sample_index=x", "sample-index=x ");
	assert_parsed(&sample, "sample_index=x", "sample-index=x ");
	assert_parsed(&sample, "sample_index=a=b", "sample-index=a=b ");
	assert_parsed(&sample, "rate=5", "[rate=5]");
}

static void another_commands_options_are_left_alone(void **state)
{
	(void)state;
	assert_parsed(&watch, "-w 5 top -w --x", "wall [5][top][-w][--x]");
	assert_parsed(&watch, "-w -- 5 -w", "wall [5][-w]");
}

static void mistakes_are_explained(void **state)
{
	static const char usage[] = "usage: sample [FILE] [-d TIME]";
	static const struct {
		const char *text, *message, *hint;
	} cases[] = {
		{"--wal=1", "sample: --wall takes no value", usage},
		{"--bogus", "sample: there is no option --bogus", usage},
		{"--durtaion 5", "sample: there is no option --durtaion",
			"did you mean --duration?"},
		{"--secrit", "sample: there is no option --secrit", usage},
		{"-x", "sample: there is no option -x", usage},
		{"-wx", "sample: there is no option -x", usage},
		{"-d", "sample: --duration needs a value: TIME", usage},
		{"--rate", "sample: --rate needs a value: HZ", usage},
		{"--s 1", "sample: --s begins more than one option", usage},
		{"a b c", "sample: 'c' is one argument too many", usage},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arguments arguments;

		assert_error(parse(&sample, cases[i].text, &arguments), ERROR_USAGE,
			cases[i].message, cases[i].hint);
	}
}

static void too_few_arguments_are_refused(void **state)
{
	struct arguments arguments;

	(void)state;
	assert_error(parse(&watch, "", &arguments), ERROR_USAGE, "watch: an argument is needed",
		"usage: watch N COMMAND");
	assert_error(parse(&watch, "5", &arguments), ERROR_USAGE,
		"watch: more arguments are needed", "usage: watch N COMMAND");
}

static void values_are_found_by_name(void **state)
{
	CLEANUP(arguments_deinit) struct arguments arguments = {0};
	uint64_t number;

	(void)state;
	assert_success(parse(&sample, "-d 2.5 -r 7 -r 8 x", &arguments));
	assert_string_equal(arguments_value(&arguments, "rate"), "8");
	assert_true(arguments_has(&arguments, "duration"));
	assert_false(arguments_has(&arguments, "wall"));
	assert_null(arguments_value(&arguments, "sample-index"));
	assert_string_equal(arguments_word(&arguments, 0), "x");
	assert_null(arguments_word(&arguments, 1));
	assert_success(arguments_number(&arguments, "rate", 99, 1, 10, &number));
	assert_int_equal(number, 8);
	assert_success(arguments_duration(&arguments, "duration", 1, &number));
	assert_int_equal(number, 2500000000);
}

static void values_not_given_have_a_fallback(void **state)
{
	struct arguments arguments;
	uint64_t number;

	(void)state;
	assert_success(parse(&sample, "", &arguments));
	assert_success(arguments_number(&arguments, "rate", 99, 1, 10, &number));
	assert_int_equal(number, 99);
	assert_success(arguments_duration(&arguments, "duration", 17, &number));
	assert_int_equal(number, 17);
	arguments_deinit(&arguments);
}

static void values_out_of_range_are_refused(void **state)
{
	CLEANUP(arguments_deinit) struct arguments arguments = {0};
	uint64_t number;

	(void)state;
	assert_success(parse(&sample, "-d 0 -r 11", &arguments));
	assert_error(arguments_number(&arguments, "rate", 99, 1, 10, &number), ERROR_USAGE,
		"sample: '11' is no value of --rate", "it takes a whole number from 1 to 10");
	assert_error(arguments_duration(&arguments, "duration", 1, &number), ERROR_USAGE,
		"sample: '0' is no value of --duration",
		"it takes seconds, or a time such as 500ms or 1m30s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(options_take_all_their_forms, forget_line),
		cmocka_unit_test_teardown(options_of_pprof_are_understood, forget_line),
		cmocka_unit_test_teardown(another_commands_options_are_left_alone, forget_line),
		cmocka_unit_test_teardown(mistakes_are_explained, forget_line),
		cmocka_unit_test_teardown(too_few_arguments_are_refused, forget_line),
		cmocka_unit_test_teardown(values_are_found_by_name, forget_line),
		cmocka_unit_test_teardown(values_not_given_have_a_fallback, forget_line),
		cmocka_unit_test_teardown(values_out_of_range_are_refused, forget_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
