#include "cli/completion_scripts.h"

#include "cli/help.h"
#include "cli/table.h"

static const char *const value_words[] = {
	[VALUE_ANY] = "any",
	[VALUE_FILE] = "files",
	[VALUE_FOLDER] = "folders",
	[VALUE_PROFILE] = "profiles",
	[VALUE_PID] = "pids",
	[VALUE_PROCESS_NAME] = "processes",
};

static const char head[] =
	"# bash completion for limpet, as `limpet completion bash` prints it.\n"
	"\n"
	"# _limpet_ask ARGUMENT...: what limpet says, a line each.\n"
	"_limpet_ask() { \"${COMP_WORDS[0]/#\\~/$HOME}\" completion \"$@\" 2>/dev/null; }\n"
	"\n"
	"_limpet_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\"); }\n"
	"\n"
	"_limpet_files() {\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"\tlocal file\n"
	"\twhile IFS= read -r file; do COMPREPLY+=(\"$file\"); done < <(compgen \"$1\" -- "
	"\"$cur\")\n"
	"}\n"
	"\n"
	"# Those that can hold a profile, if there are any; folders in any case.\n"
	"_limpet_profiles() {\n"
	"\tlocal file found= all=()\n"
	"\t_limpet_files -f\n"
	"\tfor file in \"${COMPREPLY[@]}\"; do\n"
	"\t\tcase $file in\n"
	"\t\t";

static const char head_end[] =
	") found=1 all+=(\"$file\") ;;\n"
	"\t\t*) [[ ! -d $file ]] || all+=(\"$file\") ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\t[[ ! $found ]] || COMPREPLY=(\"${all[@]}\")\n"
	"}\n"
	"\n"
	"# The name behind a PID is shown as long as there are several.\n"
	"_limpet_pids() {\n"
	"\tlocal pid name\n"
	"\twhile IFS=$'\\t' read -r pid name; do\n"
	"\t\t[[ $pid != \"$cur\"* ]] || COMPREPLY+=(\"$pid ($name)\")\n"
	"\tdone < <(_limpet_ask --processes)\n"
	"\t((${#COMPREPLY[@]} != 1)) || COMPREPLY=(\"${COMPREPLY[0]%% *}\")\n"
	"}\n"
	"\n"
	"_limpet_processes() {\n"
	"\tlocal pid name\n"
	"\twhile IFS=$'\\t' read -r pid name; do\n"
	"\t\t[[ $name != \"$cur\"* ]] || COMPREPLY+=(\"$name\")\n"
	"\tdone < <(_limpet_ask --processes | sort -u -k 2)\n"
	"}\n"
	"\n";

static const char tail[] =
	"_limpet() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} command= pending= before= index=0 i word REPLY\n"
	"\tCOMPREPLY=()\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\t[[ $word != = ]] || continue\n"
	"\t\tif [[ $pending ]]; then\n"
	"\t\t\tpending=\n"
	"\t\telif [[ $word == -?* ]]; then\n"
	"\t\t\t_limpet_value \"$command\" \"$word\"\n"
	"\t\t\tpending=$REPLY\n"
	"\t\telif [[ ! $command ]]; then\n"
	"\t\t\tcommand=$word\n"
	"\t\telse\n"
	"\t\t\t((++index))\n"
	"\t\tfi\n"
	"\t\t[[ ! $command ]] || before+=\"$word \"\n"
	"\tdone\n"
	"\t[[ $cur != = ]] || cur=\n"
	"\tif [[ ! $pending && $cur == -* ]]; then\n"
	"\t\t_limpet_options \"$command\"\n"
	"\t\t_limpet_words \"$REPLY\"\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tif [[ ! $pending && ! $command ]]; then\n"
	"\t\t_limpet_words \"$_limpet_commands\"\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tREPLY=$pending\n"
	"\t[[ $REPLY ]] || _limpet_argument \"$command\" \"$index\"\n"
	"\tcase $REPLY in\n"
	"\tfiles) _limpet_files -f ;;\n"
	"\tfolders) _limpet_files -d ;;\n"
	"\tprofiles) _limpet_profiles ;;\n"
	"\tpids) _limpet_pids ;;\n"
	"\tprocesses)\n"
	"\t\t_limpet_processes\n"
	"\t\t[[ $cur != [0-9]* ]] || _limpet_pids\n"
	"\t\t;;\n"
	"\task)\n"
	"\t\tmapfile -t COMPREPLY < <(_limpet_ask --before \"$before\" --word \"$cur\")\n"
	"\t\t[[ ${COMPREPLY[0]-} != *. ]] || compopt -o nospace 2>/dev/null\n"
	"\t\t;;\n"
	"\t=*) _limpet_words \"${REPLY#=}\" ;;\n"
	"\tesac\n"
	"}\n"
	"\n"
	"complete -F _limpet limpet\n";

static void print_option_names(FILE *stream, const struct command *command)
{
	bool first = true;

	for (const struct command_option *o = NULL; (o = command_next_option(command, o));) {
		if (!o->help)
			continue;
		fprintf(stream, "%s--%s", first ? "" : " ", o->name);
		first = false;
	}
}

static void print_pattern(FILE *stream, const struct command *command)
{
	fprintf(stream, "\t%s", command->name[0] ? command->name : "''");
	if (command->alias)
		fprintf(stream, " | %s", command->alias);
	fputs(")", stream);
}

static void print_value(FILE *stream, const struct command_option *option)
{
	fputs("\t\t", stream);
	if (option->letter)
		fprintf(stream, "-%c | ", option->letter);
	fprintf(stream, "--%s) REPLY=", option->name);
	if (value_kind(option) == VALUE_CHOICE) {
		fputs("'=", stream);
		print_choices(stream, option);
		putc('\'', stream);
	} else {
		fputs(value_words[value_kind(option)], stream);
	}
	fputs(" ;;\n", stream);
}

static void print_values(FILE *stream, const struct command *command)
{
	bool any = false;

	for (const struct command_option *o = NULL; (o = command_next_option(command, o));) {
		if (!o->help || value_kind(o) == VALUE_NONE)
			continue;
		if (!any) {
			print_pattern(stream, command);
			fputs(" case $2 in\n", stream);
		}
		any = true;
		print_value(stream, o);
	}
	if (any)
		fputs("\t\tesac ;;\n", stream);
}

static void print_argument(FILE *stream, struct session *session, const struct command *command)
{
	struct argument_kinds kinds;

	argument_kinds_init(session, command, &kinds);
	if (kinds.words.candidates.count) {
		print_pattern(stream, command);
		print_words(stream, &kinds, " REPLY='=", "'; [[ $2 == 0 ]] || REPLY=");
		fprintf(stream, "%s ;;\n", kinds.asks ? "ask" : "");
	} else if (kinds.processes || kinds.asks || kinds.files) {
		print_pattern(stream, command);
		fprintf(stream, " REPLY=%s ;;\n",
			kinds.processes                       ? "processes"
			: kinds.asks                          ? "ask"
			: command->complete == complete_files ? "files"
							      : "profiles");
	}
	argument_kinds_deinit(&kinds);
}

static void print_commands(FILE *stream, const struct command *const *commands, size_t count)
{
	fputs("_limpet_commands='", stream);
	for (size_t i = 0; i < count; i++)
		fprintf(stream, "%s%s", i ? " " : "", commands[i]->name);
	fputs("'\n\n", stream);
}

static void print_options(FILE *stream, const struct command *command)
{
	print_pattern(stream, command);
	fputs(" REPLY='", stream);
	print_option_names(stream, command);
	fprintf(stream, "%s ;;\n", command == &command_line ? "'" : " --help'");
}

static void print(FILE *stream, struct session *session)
{
	size_t count;
	const struct command *const *commands = command_table(&count);

	fputs(head, stream);
	print_profile_suffixes(stream, "*", "", " | ");
	fputs(head_end, stream);
	print_commands(stream, commands, count);
	fputs("# _limpet_options COMMAND: sets REPLY.\n"
	      "_limpet_options() {\n\tREPLY=\n\tcase $1 in\n",
		stream);
	print_options(stream, &command_line);
	for (size_t i = 0; i < count; i++)
		print_options(stream, commands[i]);
	fputs("\tesac\n}\n\n# _limpet_value COMMAND OPTION: what its value is, or nothing.\n"
	      "_limpet_value() {\n\tREPLY=\n\tcase $1 in\n",
		stream);
	print_values(stream, &command_line);
	for (size_t i = 0; i < count; i++)
		print_values(stream, commands[i]);
	fputs("\tesac\n}\n\n# _limpet_argument COMMAND INDEX: what it is, or nothing.\n"
	      "_limpet_argument() {\n\tREPLY=\n\tcase $1 in\n",
		stream);
	for (size_t i = 0; i < count; i++)
		print_argument(stream, session, commands[i]);
	fputs("\tesac\n}\n\n", stream);
	fputs(tail, stream);
}

const struct completion_script completion_bash = {"bash", print};
