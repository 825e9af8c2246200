#include "cli/help.h"

#include <stdbool.h>
#include <string.h>

#include "cli/table.h"

/* Characters that troff would make something else of. */
static const char *escape(char c)
{
	switch (c) {
	case '\\':
		return "\\e";
	case '-':
		return "\\-";
	case '\'':
		return "\\(aq";
	case '`':
		return "\\(ga";
	case '^':
		return "\\(ha";
	case '~':
		return "\\(ti";
	default:
		return NULL;
	}
}

/* A line that begins with a dot is not a request. */
static void print_escaped_bytes(FILE *stream, const char *text, size_t length)
{
	if (length && text[0] == '.')
		fputs("\\&", stream);
	for (size_t i = 0; i < length; i++) {
		const char *escaped = escape(text[i]);

		if (escaped)
			fputs(escaped, stream);
		else
			putc(text[i], stream);
	}
}

static void print_escaped(FILE *stream, const char *text)
{
	print_escaped_bytes(stream, text, strlen(text));
}

/* Blank lines separate paragraphs. */
static void print_paragraphs(FILE *stream, const char *text)
{
	const char *blank_line;

	while ((blank_line = strstr(text, "\n\n"))) {
		print_escaped_bytes(stream, text, (size_t)(blank_line - text));
		fputs("\n.PP\n", stream);
		text = blank_line + 2;
	}
	print_escaped(stream, text);
	putc('\n', stream);
}

static void print_option(FILE *stream, const struct command_option *option)
{
	fputs(".TP\n.B ", stream);
	if (option->letter)
		fprintf(stream, "\\-%c, ", option->letter);
	fputs("\\-\\-", stream);
	print_escaped(stream, option->name);
	if (option->argument)
		fprintf(stream, " \\fI%s\\fR", option->argument);
	putc('\n', stream);
	print_escaped(stream, option->help);
	putc('\n', stream);
}

static void print_options(FILE *stream, const struct command *command)
{
	for (const struct command_option *o = command->options; o && o->name; o++)
		if (o->help)
			print_option(stream, o);
}

static void print_examples(FILE *stream, const struct command *command)
{
	fputs(".PP\n.nf\n", stream);
	for (const char *const *example = command->examples; *example; example++) {
		fputs("    ", stream);
		print_escaped(stream, *example);
		putc('\n', stream);
	}
	fputs(".fi\n", stream);
}

static void print_command(FILE *stream, const struct command *command)
{
	fprintf(stream, ".SS \"%s", command->name);
	if (command->usage[0])
		putc(' ', stream);
	print_escaped(stream, command->usage);
	fputs("\"\n.I ", stream);
	print_escaped(stream, command->summary);
	fputs("\n.PP\n", stream);
	print_paragraphs(stream, command->description);
	if (command->alias)
		fprintf(stream, ".PP\nAlso: %s.\n", command->alias);
	print_options(stream, command);
	print_examples(stream, command);
}

static void print_commands(FILE *stream)
{
	size_t count;
	const struct command *const *commands = command_table(&count);

	fputs(".SH COMMANDS\n", stream);
	for (enum command_group group = 0; group < GROUP_COUNT; group++)
		for (size_t i = 0; i < count; i++)
			if (commands[i]->group == group)
				print_command(stream, commands[i]);
}

static void print_settings(FILE *stream)
{
	fputs(".SH SETTINGS\n.B set\nchanges them,\n.B show\nprints them.\n", stream);
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		const struct setting *setting = setting_describe(id);

		fprintf(stream, ".TP\n.B %s\n", setting->name);
		print_escaped(stream, setting->help);
		if (setting->initial[0])
			fprintf(stream, " (%s)", setting->initial);
		putc('\n', stream);
	}
}

static const char description[] =
	".SH DESCRIPTION\n"
	"limpet shows where the CPU time of a running process goes and what holds its memory. It "
	"attaches to\nthe process from outside, without a restart, samples its stacks, drives the "
	"heap profiler of the\njemalloc inside it, and lets go.\n"
	".PP\n"
	"With a command, it runs that and ends. With a script, it runs that. Otherwise it is an "
	"interactive\nshell; without a terminal, standard input is a script.\n";

static const char input[] =
	".SH INPUT\n"
	"Words are separated by blanks. Single quotes keep everything between them, double quotes "
	"all but\n\\e\" and \\e\\e, a backslash the character that follows. At the start of a "
	"word,\n"
	".B #\nbegins a comment, and the data that the command prints goes elsewhere with\n"
	".BR \"> \" \\fIFILE\\fR,\n.BR \">> \" \\fIFILE\\fR\n(appended), or\n"
	".BR \"| \" \\fISHELL\\-COMMAND\\fR.\n"
	"Commands and options can be shortened as long as they are unique.\n"
	".PP\n"
	"Profiles are numbered: @1, @2, and so on; @ is the last one. Where a profile is wanted, a "
	"file will do.\n"
	".PP\n"
	"A script stops at the first error, unless\n.B \\-k\nis given.\n"
	".PP\n"
	"In the shell, Tab completes, Ctrl\\-C clears the line or ends what runs, Ctrl\\-D ends "
	"limpet, and an\nempty line repeats the last command if that only looks.\n";

static const char json[] =
	".SH JSON\n"
	"With\n.B \\-\\-json\nin front of the command or behind it, or the setting\n.BR json ,\n"
	"a command prints one object in one line instead of text, also where it fails: the key\n"
	".B error\nthen tells what stands on standard error as well, its kind, and the line of the "
	"script.\nThe commands of a script print one each. Keys are only ever added; all are in\n"
	".IR limpet.schema.json ,\na JSON Schema in limpet's folder below /usr/share.\n";

static const char status[] = ".SH EXIT STATUS\n"
			     ".TP\n.B 0\neverything was done\n"
			     ".TP\n.B 1\na command failed\n"
			     ".TP\n.B 2\nthe command line makes no sense\n"
			     ".TP\n.B 3\na script failed\n"
			     ".TP\n.B 4\nthe process is gone, or must not be looked at\n"
			     ".TP\n.B 130\ninterrupted by Ctrl\\-C\n";

static const char surroundings[] =
	".SH FILES\n"
	".TP\n.I $XDG_CACHE_HOME/limpet\n"
	"names by build id, so that debug information is read once; ~/.cache/limpet by default. "
	"At most as many MiB as the setting cache_size says: what was not used for longest is "
	"removed. May be deleted at any time.\n"
	".TP\n.I $XDG_STATE_HOME/limpet/history\n"
	"the shell's history; ~/.local/state/limpet/history by default. Lines that begin with a "
	"blank are left out.\n"
	".SH ENVIRONMENT\n"
	".TP\n.B NO_COLOR\nif set and not empty, no color\n"
	".TP\n.B TERM\nif\n.BR dumb ,\nno color\n";

void manual_print(FILE *stream)
{
	fputs(".TH LIMPET 1 \"\" \"limpet " LIMPET_VERSION "\" \"User Commands\"\n"
	      ".SH NAME\nlimpet \\- profile a running process\n"
	      ".SH SYNOPSIS\n.nf\n",
		stream);
	print_escaped(stream, command_line.usage);
	fputs("\n.fi\n", stream);
	fputs(description, stream);
	fputs(".SH OPTIONS\n", stream);
	print_options(stream, &command_line);
	fputs(input, stream);
	print_commands(stream);
	print_settings(stream);
	fputs(json, stream);
	fputs(status, stream);
	fputs(surroundings, stream);
}
