#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/foreign_options.h"
#include "cli/naming_options.h"
#include "cli/profile_argument.h"
#include "cli/table.h"

static const struct command_option options[] = {
	{.name = "input", .letter = 'i', .argument = "FILE", .help = "the profile"},
	{.name = "number", .argument = "N", .help = "how many functions to show"},
	{.name = "children", .help = "sort by what functions and all they called used"},
	{.name = "no-children", .help = "by what they used themselves, which is usual"},
	{.name = "sample-index", .argument = "TYPE", .help = "which values to show", .word = true},
	{.name = "stdio", .help = "changes nothing: it is text in any case"},
	{.name = "call-graph", .letter = 'g', .help = "changes nothing: see `flame`"},
	ADJUSTING_OPTIONS,
	NAMING_OPTIONS,
	{0},
};

static const struct foreign_option foreign[] = {
	{.name = "input"},
	{.name = "children", .becomes = "cum"},
	{.name = "no-children"},
	{.name = "stdio"},
	{.name = "call-graph"},
	{0},
};

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(arguments_deinit) struct arguments top = {0};
	const char *input = arguments_value(arguments, "input");
	const char *profile = arguments_word(arguments, 0);
	struct error *error;

	if (input && profile)
		return arguments_error(arguments, "-i names the profile already: '%s'", input);
	error = foreign_options_translate(session, arguments, foreign, &command_top, &top);
	if (!error && (input || profile))
		error = argument_words_append(&top.words, input ? input : profile);
	return error ? error : command_top.run(session, &top);
}

const struct command command_report = {
	.name = "report",
	.group = GROUP_WORDS,
	.usage = "[PROFILE | -i FILE] [--children]",
	.summary = "the functions that used most, as `perf report`",
	.description =
		"`top`, by the name and with the options that it has in perf. The files are those "
		"that limpet reads: `record -o cpu.pb.gz` writes one, but a perf.data is for perf.",
	.examples = (const char *const[]){"report", "report -i cpu.pb.gz --children", NULL},
	.options = options,
	.maximum = 1,
	.repeatable = true,
	.prints_json = true,
	.reach = REACH_FILES,
	.run = run,
	.complete = complete_profiles_and_files,
};
