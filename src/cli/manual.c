#include "cli/manual.h"

#include <stdbool.h>
#include <string.h>

#include "cli/help.h"
#include "cli/help_topics.h"
#include "cli/situations.h"
#include "cli/table.h"

/* first: of a line, where other characters mean something, too. */
static void print_character(FILE *stream, char c, bool first)
{
	if (strchr("\\*_+", c) || (first && strchr("#[]|-.;`", c)))
		putc('\\', stream);
	putc(c, stream);
}

/* Text that is no markup, as one line or a part of it. */
static void print_plain(FILE *stream, const char *text, bool first)
{
	for (; *text; text++) {
		print_character(stream, *text == '\n' ? ' ' : *text, first);
		first = false;
	}
}

/* A word of the text in bold or underlined: mark is '*' or '_'. */
static void print_marked(FILE *stream, char mark, const char *text)
{
	putc(mark, stream);
	print_plain(stream, text, true);
	putc(mark, stream);
}

/* Blank lines separate paragraphs. */
static void print_paragraphs(FILE *stream, const char *text)
{
	bool first = true;

	for (; *text; text++) {
		if (text[0] == '\n' && text[1] == '\n') {
			fputs("\n\n", stream);
			text++;
			first = true;
			continue;
		}
		print_character(stream, *text == '\n' ? ' ' : *text, first);
		first = false;
	}
	fputs("\n\n", stream);
}

/* Lines as they are; in them a backslash alone means something. */
static void print_lines(FILE *stream, const char *const *lines)
{
	fputs("```\n", stream);
	for (; *lines; lines++) {
		for (const char *c = *lines; *c; c++) {
			if (*c == '\\')
				putc('\\', stream);
			putc(*c, stream);
		}
		putc('\n', stream);
	}
	fputs("```\n\n", stream);
}

static void print_option(FILE *stream, const struct command_option *option)
{
	if (option->letter)
		fprintf(stream, "*-%c*, ", option->letter);
	fputs("*--", stream);
	print_plain(stream, option->name, false);
	putc('*', stream);
	if (option->argument) {
		putc(' ', stream);
		print_marked(stream, '_', option->argument);
	}
	fputs("\n\t", stream);
	print_plain(stream, option->help, true);
	fputs("\n\n", stream);
}

static void print_options(FILE *stream, const struct command *command)
{
	for (const struct command_option *o = NULL; (o = command_next_option(command, o));)
		if (o->help)
			print_option(stream, o);
}

static void print_command(FILE *stream, const struct command *command)
{
	fprintf(stream, "## %s", command->name);
	if (command->usage[0])
		putc(' ', stream);
	print_plain(stream, command->usage, false);
	fputs("\n\n", stream);
	print_marked(stream, '_', command->summary);
	fputs("\n\n", stream);
	print_paragraphs(stream, command->description);
	if (command->alias)
		fprintf(stream, "Also: *%s*.\n\n", command->alias);
	print_options(stream, command);
	print_lines(stream, command->examples);
}

static void print_commands(FILE *stream)
{
	size_t count;
	const struct command *const *commands = command_table(&count);

	fputs("# COMMANDS\n\nEach has *--help*. ", stream);
	fputs("The topics of `help` beside them:", stream);
	const struct help_topic *topics = help_topics(&count);
	for (size_t i = 0; i < count; i++) {
		fprintf(stream, "%s *help %s* (", i ? "," : "", topics[i].name);
		print_plain(stream, topics[i].summary, false);
		putc(')', stream);
	}
	fputs(".\n\n", stream);
	commands = command_table(&count);
	for (enum command_group group = 0; group < GROUP_COUNT; group++)
		for (size_t i = 0; i < count; i++)
			if (commands[i]->group == group)
				print_command(stream, commands[i]);
}

static void print_situations(FILE *stream)
{
	size_t count;
	const struct situation *table = situations(&count);

	fputs("# ON CALL\n\n", stream);
	for (size_t i = 0; i < count; i++) {
		fprintf(stream, "## %zu. ", i + 1);
		print_plain(stream, table[i].title, false);
		fputs("\n\n", stream);
		print_paragraphs(stream, table[i].text);
		print_lines(stream, table[i].commands);
	}
}

static void print_settings(FILE *stream)
{
	fputs("# SETTINGS\n\n*set* changes them, *show* prints them; they stand in for options "
	      "that are not given.\n\n",
		stream);
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		const struct setting *setting = setting_describe(id);

		print_marked(stream, '*', setting->name);
		fputs("\n\t", stream);
		print_plain(stream, setting->help, true);
		if (setting->initial[0]) {
			fputs(" (", stream);
			print_plain(stream, setting->initial, false);
			putc(')', stream);
		}
		fputs("\n\n", stream);
	}
}

void manual_print(FILE *stream)
{
	fputs("limpet(1) \"limpet " LIMPET_VERSION "\" \"User Commands\"\n\n"
	      "# NAME\n\nlimpet - profile a running process\n\n# SYNOPSIS\n\n",
		stream);
	print_plain(stream, command_line.usage, true);
	fputs("\n\n", stream);
	fputs(manual_description, stream);
	print_situations(stream);
	fputs("# OPTIONS\n\n", stream);
	print_options(stream, &command_line);
	fputs(manual_input, stream);
	print_commands(stream);
	print_settings(stream);
	fputs(manual_surroundings, stream);
}
