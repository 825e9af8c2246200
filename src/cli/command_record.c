#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/filter_options.h"
#include "cli/foreign_options.h"
#include "cli/naming_options.h"
#include "cli/process_options.h"
#include "cli/table.h"
#include "cli/view_options.h"
#include "session/attachment.h"

static const char *const format_choices[] = {"flamegraph", "raw", "pprof", NULL};

static const struct command_option options[] = {
	TARGET_OPTIONS,
	{.name = "duration", .letter = 'd', .argument = "TIME", .help = "how long (10s)"},
	{.name = "rate", .letter = 'r', .argument = "HZ", .help = "samples a second (99)"},
	{.name = "output",
		.letter = 'o',
		.argument = "FILE",
		.help = "save it there, not in NAME-PID-TIME.svg"},
	{.name = "format",
		.letter = 'f',
		.argument = "FORMAT",
		.choices = format_choices,
		.help = "flamegraph (.svg), raw (.folded) or pprof (.pb.gz)"},
	{.name = "threads", .letter = 't', .help = "each thread apart"},
	{.name = "idle", .letter = 'i', .help = "threads that wait, too: `cpu --wall`"},
	{.name = "subprocesses",
		.letter = 's',
		.help = "its descendants, too: `attach --children`"},
	{.name = "freq",
		.letter = 'F',
		.argument = "HZ",
		.number_or_none = true,
		.help = "perf's -r; -F alone is py-spy's --function"},
	{.name = "function", .help = "functions, not lines, which is usual"},
	{.name = "gil", .letter = 'g', .help = "changes nothing, nor does perf's --call-graph"},
	{.name = "native", .letter = 'n', .help = "changes nothing: stacks always are native"},
	{.name = "nonblocking", .help = "changes nothing"},
	{.name = "nolineno", .help = "changes nothing: see --lines"},
	{.name = "full-filenames", .help = "changes nothing"},
	{.name = "call-graph", .argument = "HOW"},
	{.name = "event", .letter = 'e', .argument = "EVENT", .help = "refused: it is CPU time"},
	{.name = "all-cpus", .letter = 'a', .help = "refused: it is one process"},
	FILTER_OPTIONS,
	NAMING_OPTIONS,
	VIEW_OPTIONS,
	{0},
};

static const struct foreign_option foreign[] = {
	{.name = "pid"},
	{.name = "name"},
	{.name = "output"},
	{.name = "format"},
	{.name = "threads", .becomes = "per-thread"},
	{.name = "idle", .becomes = "wall"},
	{.name = "subprocesses",
		.remark =
			"record: -s is for the command line; here `attach PID --children` has the "
			"descendants, too"},
	{.name = "freq", .becomes = "rate", .without = "functions"},
	{.name = "function", .becomes = "functions"},
	{.name = "gil"},
	{.name = "native"},
	{.name = "nonblocking"},
	{.name = "nolineno"},
	{.name = "full-filenames"},
	{.name = "call-graph"},
	{.name = "event",
		.refusal = "limpet samples CPU time, and counts no events",
		.hint = "without -e it is what `perf record -e cpu-clock` shows; -i samples the "
			"time on the clock"},
	{.name = "all-cpus",
		.refusal = "limpet looks at one process, not at the whole machine",
		.hint = "name it: -p PID, or --name NAME"},
	{0},
};

/* What the formats of py-spy are called here, by the end of a file's name. */
static const struct format_word {
	const char *word;
	const char *suffix; /* NULL: is not written */
} format_words[] = {
	{"flamegraph", ".svg"},
	{"raw", ".folded"},
	{"pprof", ".pb.gz"},
	{"speedscope", NULL},
	{"chrometrace", NULL},
};

static struct error *find_suffix(const struct arguments *arguments, const char **ret)
{
	const char *word = arguments_value(arguments, "format");
	const struct format_word *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(format_words); i++)
		if (strcmp(word ? word : "flamegraph", format_words[i].word) == 0)
			found = &format_words[i];
	if (!found)
		return error_set_hint(
			arguments_error(arguments, "'%s' is no value of --format", word),
			"it takes one of: flamegraph, raw, pprof");
	if (!found->suffix)
		return error_set_hint(arguments_error(arguments, "%s is not written", word),
			"-f raw and -f pprof are, and speedscope.app opens both");
	*ret = found->suffix;
	return NULL;
}

/* Limpet goes by the name of the file everywhere. */
static struct error *check_output(const struct session *session, const struct arguments *arguments,
	const char *output, const char *suffix)
{
	if (!arguments_has(arguments, "format") || session->joint_path ||
		text_ends_with(output, suffix))
		return NULL;
	return error_set_hint(arguments_error(arguments, "'%s' is not a file of the format %s",
				      output, arguments_value(arguments, "format")),
		"the format follows the file's name: give it one that ends with %s", suffix);
}

/* "redis-server-4242-20261231-235959.svg", which sorts by process, then by time. */
static struct error *make_name(struct session *session, const char *suffix, char **ret)
{
	struct attachment *attachment;
	struct error *error = session_attachment(session, &attachment);
	time_t now = time(NULL);
	STRING_BUILDER(text);
	struct tm local;
	char stamp[32];

	if (error)
		return error;
	for (const char *c = attachment->target->identity.name; *c; c++)
		string_append_char(
			&text, isalnum((unsigned char)*c) || strchr("._+-", *c) ? *c : '_');
	localtime_r(&now, &local);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &local);
	string_append_format(&text, "-%d-%s%s", attachment->target->identity.pid, stamp, suffix);
	return string_builder_finish(&text, ret);
}

static struct error *no_program(const struct arguments *arguments)
{
	const char *word = arguments_word(arguments, 0);
	bool number = text_is_number(word);

	if (number && arguments_has(arguments, "threads"))
		return error_set_hint(
			arguments_error(arguments, "-t takes no value: it has each thread apart"),
			"`cpu -t %s` samples one thread", word);
	if (number)
		return error_set_hint(
			arguments_error(arguments, "'%s' is one argument too many", word),
			"did you mean -p %s?", word);
	return error_set_hint(
		arguments_error(arguments,
			"limpet starts no program: it looks at one that runs, and '%s' is to be "
			"started",
			word),
		"start it, then name it with -p PID; `-- sleep 10` says how long");
}

/* perf's way to say how long: "-- sleep 10". */
static struct error *read_sleep(const struct arguments *arguments, struct arguments *cpu)
{
	const char *word = arguments_word(arguments, 0);

	if (!word)
		return NULL;
	if (strcmp(word, "sleep") != 0 || arguments->words.count != 2)
		return no_program(arguments);
	if (arguments_has(arguments, "duration"))
		return arguments_error(arguments, "-d and sleep both say how long");
	return foreign_options_add(cpu, "duration", arguments_word(arguments, 1));
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(arguments_deinit) struct arguments cpu = {0};
	CLEANUP(cleanup_free) char *made = NULL;
	const char *output = arguments_value(arguments, "output"), *suffix = "";
	struct error *error =
		foreign_options_translate(session, arguments, foreign, &command_cpu, &cpu);

	if (!error)
		error = read_sleep(arguments, &cpu);
	if (!error)
		error = find_suffix(arguments, &suffix);
	if (error)
		return error;
	error = output ? check_output(session, arguments, output, suffix)
		       : make_name(session, suffix, &made);
	if (!error)
		error = foreign_options_add(&cpu, "output", output ? output : made);
	return error ? error : command_cpu.run(session, &cpu);
}

const struct command command_record = {
	.name = "record",
	.group = GROUP_WORDS,
	.usage = "[-p PID] [-d TIME] [-r HZ] [-f FORMAT] [-o FILE] [-ti] [-- sleep TIME]",
	.summary = "sample and save a flame graph, as py-spy and perf",
	.description =
		"`cpu`, by the name and with the options that it has in py-spy and in perf. What "
		"was sampled is shown as a table and saved: as a flame graph in a file such as "
		"redis-server-4242-20261231-235959.svg in the current folder, unless -o or -f say "
		"otherwise. It ends after -d, after the time of `-- sleep TIME`, as perf has it, "
		"or after 10s (the setting duration); Ctrl-C ends it early and saves what there "
		"is.\n\n"
		"-t is py-spy's, and takes no value: each thread apart. One thread alone is `cpu "
		"-t THREAD`. -F with a number is perf's, the samples a second; without one it is "
		"py-spy's, and changes nothing. limpet starts no program; -a and -e are refused.",
	.examples = (const char *const[]){"record", "record -d 10 -o x.svg",
		"record -F 99 -g -- sleep 10", "record -d 5 -t -f raw", NULL},
	.options = options,
	.maximum = UINT32_MAX,
	.takes_interrupts = true,
	.prints_json = true,
	.run = run,
};
