#include "cli/completion_scripts.h"

#include "cli/help.h"
#include "cli/table.h"

static const char *const value_words[] = {
	[VALUE_NONE] = "",
	[VALUE_ANY] = " -x",
	[VALUE_FILE] = " -r -F",
	[VALUE_FOLDER] = " -x -a '(__fish_complete_directories)'",
	[VALUE_PROFILE] = " -x -a '(__limpet_profiles)'",
	[VALUE_PID] = " -x -a '(__limpet_pids)'",
	[VALUE_PROCESS_NAME] = " -x -a '(__limpet_names)'",
};

static const char head[] =
	"# fish completion for limpet, as `limpet completion fish` prints it.\n"
	"\n"
	"function __limpet_ask\n"
	"\tset -l program (commandline -opc)[1]\n"
	"\t$program completion $argv 2>/dev/null\n"
	"end\n"
	"\n"
	"function __limpet_pids\n"
	"\t__limpet_ask --processes\n"
	"end\n"
	"\n"
	"function __limpet_names\n"
	"\t__limpet_ask --processes | string replace -r '^\\d+\\t' '' | sort -u\n"
	"end\n"
	"\n"
	"function __limpet_arguments\n"
	"\tset -l line (string join ' ' -- (__limpet_words))\n"
	"\t__limpet_ask --before \"$line \" --word (commandline -ct)\n"
	"end\n"
	"\n"
	"# The command and what follows it, up to where something is to be completed.\n"
	"function __limpet_words\n"
	"\tset -l tokens (commandline -opc)\n"
	"\tset -l pending no\n"
	"\tfor i in (seq 2 (count $tokens))\n"
	"\t\tif test $pending = yes\n"
	"\t\t\tset pending no\n"
	"\t\telse if string match -q -- '-*' $tokens[$i]\n"
	"\t\t\t__limpet_takes_value '' $tokens[$i]; and set pending yes\n"
	"\t\telse\n"
	"\t\t\tprintf '%s\\n' $tokens[$i..-1]\n"
	"\t\t\treturn\n"
	"\t\tend\n"
	"\tend\n"
	"\treturn 1\n"
	"end\n"
	"\n"
	"# __limpet_is COMMAND...: whether it is one of them.\n"
	"function __limpet_is\n"
	"\tset -l words (__limpet_words); and contains -- $words[1] $argv\n"
	"end\n"
	"\n"
	"# The same, and no argument of it is there yet.\n"
	"function __limpet_begins\n"
	"\tset -l words (__limpet_words); and contains -- $words[1] $argv; or return 1\n"
	"\tset -l pending no\n"
	"\tfor word in $words[2..-1]\n"
	"\t\tif test $pending = yes\n"
	"\t\t\tset pending no\n"
	"\t\telse if string match -q -- '-*' $word\n"
	"\t\t\t__limpet_takes_value $words[1] $word; and set pending yes\n"
	"\t\telse\n"
	"\t\t\treturn 1\n"
	"\t\tend\n"
	"\tend\n"
	"end\n"
	"\n";

static void print_quoted(FILE *stream, const char *text)
{
	putc('\'', stream);
	print_escaped(stream, text, "'\\");
	putc('\'', stream);
}

/* The names that a command goes by. */
static void print_names(FILE *stream, const struct command *command)
{
	fputs(command->name[0] ? command->name : "''", stream);
	if (command->alias)
		fprintf(stream, " %s", command->alias);
}

static void print_with_value(FILE *stream, const struct command *command)
{
	bool any = false;

	for (const struct command_option *o = NULL; (o = command_next_option(command, o));) {
		if (!o->help || value_kind(o) == VALUE_NONE)
			continue;
		if (!any) {
			fputs("\t\tcase ", stream);
			print_names(stream, command);
			fputs("\n\t\t\tcontains -- $argv[2]", stream);
		}
		any = true;
		if (o->letter)
			fprintf(stream, " -%c", o->letter);
		fprintf(stream, " --%s", o->name);
	}
	if (any)
		putc('\n', stream);
}

static void print_takes_value(FILE *stream, const struct command *const *commands, size_t count)
{
	fputs("# __limpet_takes_value COMMAND OPTION\n"
	      "function __limpet_takes_value\n\tswitch \"$argv[1]\"\n",
		stream);
	print_with_value(stream, &command_line);
	for (size_t i = 0; i < count; i++)
		print_with_value(stream, commands[i]);
	fputs("\t\tcase '*'\n\t\t\treturn 1\n\tend\nend\n\n", stream);
}

static void begin(FILE *stream, const struct command *command, const char *condition)
{
	fputs("complete -c limpet -n '", stream);
	if (command == &command_line) {
		fputs("not __limpet_words >/dev/null'", stream);
		return;
	}
	fprintf(stream, "%s ", condition);
	print_names(stream, command);
	putc('\'', stream);
}

static void print_value(FILE *stream, const struct command_option *option)
{
	if (value_kind(option) != VALUE_CHOICE) {
		fputs(value_words[value_kind(option)], stream);
		return;
	}
	fputs(" -x -a '", stream);
	print_choices(stream, option);
	putc('\'', stream);
}

static void print_options(FILE *stream, const struct command *command)
{
	for (const struct command_option *o = NULL; (o = command_next_option(command, o));) {
		if (!o->help)
			continue;
		begin(stream, command, "__limpet_is");
		if (o->letter)
			fprintf(stream, " -s %c", o->letter);
		fprintf(stream, " -l %s", o->name);
		print_value(stream, o);
		fputs(" -d ", stream);
		print_quoted(stream, o->help);
		putc('\n', stream);
	}
}

static void print_arguments(FILE *stream, struct session *session, const struct command *command)
{
	struct argument_kinds kinds;

	argument_kinds_init(session, command, &kinds);
	if (kinds.words.candidates.count) {
		begin(stream, command, "__limpet_begins");
		print_words(stream, &kinds, " -a '", "'\n");
	}
	if (kinds.processes) {
		begin(stream, command, "__limpet_begins");
		fputs(" -a '(__limpet_pids) (__limpet_names)'\n", stream);
	}
	if (kinds.asks) {
		begin(stream, command, "__limpet_is");
		fputs(" -a '(__limpet_arguments)'\n", stream);
	}
	if (kinds.files) {
		begin(stream, command, "__limpet_is");
		fputs(command->complete == complete_files ? " -F\n" : " -a '(__limpet_profiles)'\n",
			stream);
	}
	argument_kinds_deinit(&kinds);
}

static void print_command(FILE *stream, struct session *session, const struct command *command)
{
	begin(stream, &command_line, "");
	fprintf(stream, " -a %s -d ", command->name);
	print_quoted(stream, command->summary);
	putc('\n', stream);
	print_options(stream, command);
	begin(stream, command, "__limpet_is");
	fputs(" -l help -d 'what the command does'\n", stream);
	print_arguments(stream, session, command);
}

static void print(FILE *stream, struct session *session)
{
	size_t count;
	const struct command *const *commands = command_table(&count);

	fputs(head, stream);
	fputs("function __limpet_profiles\n\t__fish_complete_path (commandline -ct) | string match "
	      "-r "
	      "-- '^.*(?:/|",
		stream);
	print_profile_suffixes(stream, "\\", "", "|");
	fputs(")(?:\\t.*)?$'\nend\n\n", stream);
	print_takes_value(stream, commands, count);
	fputs("complete -c limpet -f\n", stream);
	print_options(stream, &command_line);
	for (size_t i = 0; i < count; i++)
		print_command(stream, session, commands[i]);
}

const struct completion_script completion_fish = {"fish", print};
