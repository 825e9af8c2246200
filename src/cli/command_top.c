#include "cli/answer.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/json.h"
#include "cli/naming_options.h"
#include "cli/process_options.h"
#include "cli/profile_argument.h"
#include "cli/profile_table.h"

static const struct command_option options[] = {
	PROCESS_OPTIONS,
	{.name = "number", .letter = 'n', .argument = "N", .help = "how many functions to show"},
	{.name = "cum", .letter = 'c', .help = "sort by what functions and all they called used"},
	{.name = "sample-index", .argument = "TYPE", .help = "which values to show", .word = true},
	ADJUSTING_OPTIONS,
	NAMING_OPTIONS,
	{.name = "all", .letter = 'a', .help = "functions below 0.5% of the total, too"},
	{0},
};

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(profile_argument_deinit) struct profile_argument argument = {.shows_remarks = true};
	struct report_options table;
	struct error *error = read_table_options(session, arguments, &table);

	if (error)
		return error;
	table.by_cumulative = arguments_has(arguments, "cum");
	table.everything = arguments_has(arguments, "all");
	error = profile_argument_init(session, arguments_word(arguments, 0), &argument);
	if (!error)
		error = profile_argument_adjust(session, arguments, &argument);
	if (!error && session->json)
		answer_put(session, "profile", json_profile(argument.profile));
	return error ? error : print_table(session, argument.profile->profile, &table);
}

const struct command command_top = {
	.name = "top",
	.group = GROUP_PROFILES,
	.usage = "[PROFILE] [-n N] [--cum] [--sample-index TYPE] [--base PROFILE]",
	.summary = "the functions that used most",
	.description =
		"The table of `go tool pprof`: flat is what a function used itself, cum what it "
		"and all that it called used. PROFILE is a number such as @2, or a file; without "
		"it, the last profile. --base shows the difference to another one, as `diff` does."
		"\n\n"
		"Of heap profiles, samples is how many samples of the profiler cum rests on: with "
		"n "
		"of them it is off by some 1/sqrt(n), which is a third for 10 and a tenth for 100. "
		"Blocks much larger than the sampling rate are seen nearly all.\n\n" FILTER_HELP
		"\n\n" VIEW_HELP "\n\n"
		"With a process and no profile, on the command line, `top -p PID` is the view that "
		"py-spy, perf and top(1) have: `help live`.\n\n"
		"pprof's own words do, too: top10, top 10, -cum, sample_index=TYPE, focus=PATTERN. "
		"The settings "
		"nodecount and sample_index stand in for options not given.",
	.examples = (const char *const[]){"top", "top10 -cum", "top @2 sample_index=alloc_space",
		"top heap.pb.gz -n 5", "top --ignore 'libc|vdso' --only '^handle_'",
		"top -t worker-3 --cum", "top --lines --no-inlines", "top --short --fold-runtime",
		NULL},
	.options = options,
	.maximum = 1,
	.number_option = "number",
	.repeatable = true,
	.prints_json = true,
	.run = run,
	.complete = complete_profiles_and_files,
};
