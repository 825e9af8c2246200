#include "cli/help.h"

#include <string.h>

#include "base/array.h"
#include "cli/color.h"
#include "cli/help_topics.h"
#include "cli/naming_options.h"
#include "cli/processes.h"
#include "cli/table.h"

#define WIDTH 78

static const char *const color_choices[] = {"auto", "always", "never", NULL};

static const struct command_option command_line_options[] = {
	{.name = "pid",
		.letter = 'p',
		.argument = "PID",
		.help = "attach to this process first; or to several: 1234,1240"},
	{.name = "name",
		.letter = 'n',
		.argument = "NAME",
		.help = "attach to the process of that name first"},
	PROCESS_OPTIONS,
	{.name = "follow",
		.argument = "NAME",
		.help = "attach to the process of that name, and to the next when it has ended"},
	{.name = "timeout",
		.argument = "TIME",
		.help = "wait so long for the one to follow (for ever)"},
	{.name = "processes", .argument = "N", .help = "attach to so many at once, at most (64)"},
	{.name = "execute",
		.letter = 'e',
		.argument = "COMMAND",
		.help = "run this line; may be repeated, and mixed with -x"},
	{.name = "script",
		.letter = 'x',
		.argument = "FILE",
		.help = "run the lines of this file; - is standard input"},
	{.name = "keep-going",
		.letter = 'k',
		.help = "scripts go on after errors; the exit status tells"},
	{.name = "keep", .help = "what a failed script has switched in the process stays so"},
	{.name = "quiet", .letter = 'q', .help = "no banner, no remarks; errors only"},
	NAMING_OPTIONS,
	{.name = "json", .help = "every command prints one JSON object instead of text"},
	{.name = "no-cache", .help = "neither read nor keep names in ~/.cache/limpet"},
	{.name = "no-config", .help = "leave ~/.config/limpet/config unread (-n is --name)"},
	{.name = "no-pager", .help = "never show long output by $PAGER, or less"},
	{.name = "color",
		.argument = "WHEN",
		.choices = color_choices,
		.help = "auto, always or never"},
	{.name = "help", .letter = 'h', .help = "this text"},
	{.name = "version", .letter = 'V', .help = "print the version"},
	{0},
};

const struct command command_line = {
	.name = "",
	.usage = "limpet [-p PID[,PID...] | -n NAME [--all] | --follow NAME] [--children] [-qk] "
		 "[COMMAND "
		 "[ARGUMENT...] | -x FILE | -e COMMAND | "
		 "-]",
	.options = command_line_options,
	.maximum = UINT32_MAX,
	.stops_at_argument = true,
};

static void print_heading(FILE *stream, const char *heading, bool color)
{
	fprintf(stream, "%s%s%s\n", color_begin(color, COLOR_HEADING), heading,
		color_begin(color, COLOR_NONE));
}

static void print_topics(FILE *stream, bool color)
{
	size_t count;
	const struct help_topic *topics = help_topics(&count);

	print_heading(stream, "Topics of `help`", color);
	for (size_t i = 0; i < count; i++)
		fprintf(stream, "  %-10s %s\n", topics[i].name, topics[i].summary);
}

void help_print_overview(FILE *stream, bool color)
{
	size_t count;
	const struct command *const *commands = command_table(&count);

	for (enum command_group group = 0; group < GROUP_COUNT; group++) {
		bool first = true;

		for (size_t i = 0; i < count; i++) {
			if (commands[i]->group != group)
				continue;
			if (first)
				print_heading(stream, command_group_title(group), color);
			first = false;
			fprintf(stream, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
		}
	}
	print_topics(stream, color);
	fputs("`help COMMAND` says more. Commands can be shortened. `COMMAND > FILE` and\n"
	      "`COMMAND | SHELL-COMMAND` send what they print elsewhere.\n",
		stream);
}

/* A word of text: where it ends; what lies before it was skipped. */
static const char *take_word(const char **text, size_t *ret_length, bool *ret_paragraph)
{
	const char *start = *text + strspn(*text, " \n");
	const char *blank_line = strstr(*text, "\n\n");

	*ret_paragraph = blank_line && blank_line < start;
	*ret_length = strcspn(start, " \n");
	*text = start + *ret_length;
	return start;
}

void help_print_filled(FILE *stream, const char *text, int indent)
{
	size_t column = 0, length;
	bool paragraph;

	for (;;) {
		const char *word = take_word(&text, &length, &paragraph);

		if (!length)
			break;
		if (column && (paragraph || column + 1 + length > WIDTH)) {
			fputs(paragraph ? "\n\n" : "\n", stream);
			column = 0;
		}
		column += (size_t)fprintf(
			stream, "%*s%.*s", column ? 1 : indent, "", (int)length, word);
	}
	putc('\n', stream);
}

static void print_option(FILE *stream, const struct command_option *option)
{
	char left[64], letter[8] = "    ";

	if (option->letter)
		snprintf(letter, sizeof(letter), "-%c, ", option->letter);
	snprintf(left, sizeof(left), "%s--%s%s%s", letter, option->name,
		option->argument ? " " : "", option->argument ? option->argument : "");
	fprintf(stream, "  %-25s %s\n", left, option->help);
}

static void print_options(FILE *stream, const struct command *command, bool color)
{
	bool first = true;

	for (const struct command_option *o = NULL; (o = command_next_option(command, o));) {
		if (!o->help)
			continue;
		if (first) {
			putc('\n', stream);
			print_heading(stream, "Options", color);
		}
		first = false;
		print_option(stream, o);
	}
}

static void print_examples(FILE *stream, const struct command *command, bool color)
{
	putc('\n', stream);
	print_heading(stream, "Examples", color);
	for (const char *const *example = command->examples; *example; example++)
		fprintf(stream, "  %s\n", *example);
}

void help_print_command(FILE *stream, const struct command *command, bool color)
{
	fprintf(stream, "%s%s%s - %s\n", command->name, command->usage[0] ? " " : "",
		command->usage, command->summary);
	if (command->alias)
		fprintf(stream, "(also: %s)\n", command->alias);
	putc('\n', stream);
	help_print_filled(stream, command->description, 0);
	print_options(stream, command, color);
	print_examples(stream, command, color);
}

static void list_options(FILE *stream, const struct command *command, const char *name)
{
	for (const struct command_option *o = NULL; (o = command_next_option(command, o));)
		if (o->help)
			fprintf(stream, "option %s %s\n", name, o->name);
}

void help_print_list(FILE *stream)
{
	size_t count, topic_count;
	const struct command *const *commands = command_table(&count);
	const struct help_topic *topics = help_topics(&topic_count);

	for (size_t i = 0; i < count; i++) {
		fprintf(stream, "command %s\n", commands[i]->name);
		if (commands[i]->alias)
			fprintf(stream, "alias %s %s\n", commands[i]->alias, commands[i]->name);
		list_options(stream, commands[i], commands[i]->name);
	}
	list_options(stream, &command_line, "limpet");
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		fprintf(stream, "setting %s\n", setting_describe(id)->name);
	for (size_t i = 0; i < topic_count; i++)
		fprintf(stream, "topic %s\n", topics[i].name);
}

void help_print_command_line(FILE *stream, bool color)
{
	fprintf(stream, "usage: %s\n\n", command_line.usage);
	help_print_filled(stream,
		"Shows where the CPU time of a running process goes and what holds its memory. "
		"Without a command, a shell; without a terminal, a script on standard input. "
		"Of several processes, each runs the command, side by side: `help attach`.",
		0);
	print_options(stream, &command_line, color);
	putc('\n', stream);
	help_print_overview(stream, color);
}
