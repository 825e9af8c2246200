#include "cli/completion_scripts.h"

#include "cli/help.h"
#include "cli/table.h"

static const char *const value_actions[] = {
	[VALUE_ANY] = " ",
	[VALUE_FILE] = "_files",
	[VALUE_FOLDER] = "_files -/",
	[VALUE_PROFILE] = "_limpet_profiles",
	[VALUE_PID] = "_limpet_pids",
	[VALUE_PROCESS_NAME] = "_limpet_names",
};

static const char head[] =
	"#compdef limpet\n"
	"# zsh completion for limpet, as `limpet completion zsh` prints it.\n"
	"\n"
	"# What limpet says, a line each; `program` is its name on the line.\n"
	"_limpet_ask() { reply=(${(f)\"$(_call_program limpet ${(q)program} completion "
	"${(q)@} 2>/dev/null)\"}) }\n"
	"\n"
	"_limpet_pids() {\n"
	"\tlocal -a reply\n"
	"\t_limpet_ask --processes\n"
	"\treply=(${reply//:/\\:})\n"
	"\treply=(${reply/$'\\t'/:})\n"
	"\t_describe -t processes process reply\n"
	"}\n"
	"\n"
	"_limpet_names() {\n"
	"\tlocal -a reply\n"
	"\t_limpet_ask --processes\n"
	"\treply=(${(u)reply#*$'\\t'})\n"
	"\tcompadd -a reply\n"
	"}\n"
	"\n"
	"_limpet_processes() { _alternative 'pids:PID:_limpet_pids' 'names:name:_limpet_names' }\n"
	"\n"
	"_limpet_arguments() {\n"
	"\tlocal -a reply parts\n"
	"\t_limpet_ask --before \"${(j: :)words[1,CURRENT-1]} \" --word \"$PREFIX\"\n"
	"\tparts=(${(M)reply:#*.})\n"
	"\treply=(${reply:#*.})\n"
	"\tcompadd -S '' -a parts\n"
	"\tcompadd -a reply\n"
	"}\n"
	"\n";

static void print_quoted(FILE *stream, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stream);
		else
			putc(*text, stream);
	}
}

static void print_help(FILE *stream, const char *text)
{
	for (; *text; text++) {
		char character[] = {*text, '\0'};

		if (*text == '[' || *text == ']' || *text == '\\')
			putc('\\', stream);
		print_quoted(stream, character);
	}
}

static void print_value(FILE *stream, const struct command_option *option)
{
	fprintf(stream, ":%s:", option->argument);
	if (value_kind(option) != VALUE_CHOICE) {
		fputs(value_actions[value_kind(option)], stream);
		return;
	}
	putc('(', stream);
	print_choices(stream, option);
	putc(')', stream);
}

/* One for the letter, one for the name: -d10 and --duration=10. */
static void print_option(FILE *stream, const struct command_option *option, bool letter)
{
	const char *end = !option->argument ? "" : letter ? "+" : "=";

	if (letter)
		fprintf(stream, " \\\n\t\t'*-%c%s[", option->letter, end);
	else
		fprintf(stream, " \\\n\t\t'*--%s%s[", option->name, end);
	print_help(stream, option->help);
	putc(']', stream);
	if (option->argument)
		print_value(stream, option);
	putc('\'', stream);
}

static void print_options(FILE *stream, const struct command *command)
{
	for (const struct command_option *o = NULL; (o = command_next_option(command, o));) {
		if (!o->help)
			continue;
		if (o->letter)
			print_option(stream, o, true);
		print_option(stream, o, false);
	}
}

static void print_arguments(FILE *stream, struct session *session, const struct command *command)
{
	struct argument_kinds kinds;

	argument_kinds_init(session, command, &kinds);
	print_words(stream, &kinds, " \\\n\t\t'1: :(", ")'");
	if (kinds.processes)
		fputs(" \\\n\t\t'1: :_limpet_processes'", stream);
	if (kinds.asks)
		fputs(" \\\n\t\t'*: :_limpet_arguments'", stream);
	if (kinds.files)
		fprintf(stream, " \\\n\t\t'*: :%s'",
			command->complete == complete_files ? "_files" : "_limpet_profiles");
	argument_kinds_deinit(&kinds);
}

static void print_command(FILE *stream, struct session *session, const struct command *command)
{
	fprintf(stream, "\t%s", command->name);
	if (command->alias)
		fprintf(stream, " | %s", command->alias);
	fputs(") _arguments -s -S", stream);
	print_options(stream, command);
	fputs(" \\\n\t\t'--help[what the command does]'", stream);
	print_arguments(stream, session, command);
	fputs(" ;;\n", stream);
}

static void print_commands(FILE *stream, const struct command *const *commands, size_t count)
{
	fputs("_limpet_commands() {\n\tlocal -a list=(\n", stream);
	for (size_t i = 0; i < count; i++) {
		fprintf(stream, "\t\t'%s:", commands[i]->name);
		print_quoted(stream, commands[i]->summary);
		fputs("'\n", stream);
	}
	fputs("\t)\n\t_describe -t commands command list\n}\n\n", stream);
}

static void print(FILE *stream, struct session *session)
{
	size_t count;
	const struct command *const *commands = command_table(&count);

	fputs(head, stream);
	fputs("_limpet_profiles() { _files -g '*(", stream);
	print_profile_suffixes(stream, "", "", "|");
	fputs(")' }\n\n", stream);
	print_commands(stream, commands, count);
	fputs("_limpet() {\n"
	      "\tlocal program=$words[1] curcontext=$curcontext state\n"
	      "\tlocal -a line\n"
	      "\tlocal -A opt_args\n"
	      "\t_arguments -C -s -S",
		stream);
	print_options(stream, &command_line);
	fputs(" \\\n\t\t'1: :_limpet_commands' '*:: :->command' && return\n"
	      "\t[[ $state == command ]] || return 1\n"
	      "\tcase $words[1] in\n",
		stream);
	for (size_t i = 0; i < count; i++)
		print_command(stream, session, commands[i]);
	fputs("\tesac\n}\n\n"
	      "if [[ $funcstack[1] == _limpet ]]; then\n\t_limpet \"$@\"\nelse\n"
	      "\tcompdef _limpet limpet\nfi\n",
		stream);
}

const struct completion_script completion_zsh = {"zsh", print};
