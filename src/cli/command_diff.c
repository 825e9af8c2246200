#include "cli/command.h"
#include "cli/completion.h"
#include "cli/files.h"
#include "cli/naming_options.h"
#include "cli/profile_argument.h"
#include "cli/profile_table.h"
#include "cli/report.h"

static const struct command_option options[] = {
	{.name = "output", .letter = 'o', .argument = "FILE", .help = "save the difference, too"},
	{.name = "number", .letter = 'n', .argument = "N", .help = "how many functions to show"},
	{.name = "cum", .letter = 'c', .help = "sort by what functions and all they called used"},
	{.name = "sample-index", .argument = "TYPE", .help = "which values to show", .word = true},
	THREAD_OPTION,
	FILTER_OPTIONS,
	VIEW_OPTIONS,
	NAMING_OPTIONS,
	{0},
};

static struct error *filter_difference(struct session *session, const struct arguments *arguments,
	struct session_profile *difference)
{
	struct profile *filtered;
	struct error *error = filter_saved(session, arguments, &(struct filter_words){0},
		difference->profile, FILTER_REMARKS, &filtered);

	if (error || !filtered)
		return error;
	profile_destroy(difference->profile);
	difference->profile = filtered;
	return NULL;
}

/* Takes over what is made; the profiles compared may be the session's. */
static struct error *keep_difference(struct session *session, const struct arguments *arguments,
	const struct session_profile **ret)
{
	CLEANUP(profile_argument_deinit) struct profile_argument before = {0};
	CLEANUP(profile_argument_deinit) struct profile_argument after = {0};
	CLEANUP(session_profile_deinit) struct session_profile made = {0};
	struct error *error = profile_argument_init(session, arguments_word(arguments, 0), &before);

	if (!error)
		error = profile_argument_init(session, arguments_word(arguments, 1), &after);
	if (!error)
		error = session_profile_difference(after.profile, before.profile, &made);
	if (!error)
		error = filter_difference(session, arguments, &made);
	return error ? error : session_add_profile(session, &made, ret);
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	const char *output = arguments_value(arguments, "output");
	const struct session_profile *kept;
	CLEANUP(shown_profile_deinit) struct shown_profile shown = {0};
	struct report_options table;
	struct error *error = read_table_options(session, arguments, &table);

	if (!error && output)
		error = file_check(output);
	if (error)
		return error;
	table.by_cumulative = arguments_has(arguments, "cum");
	error = keep_difference(session, arguments, &kept);
	if (!error)
		error = shown_profile_init(session, arguments, kept, &shown);
	if (!error && output)
		error = file_save(shown.profile, value_type_name(session, arguments), output);
	if (!error)
		error = print_table(session, shown.profile->profile, &table);
	if (!error)
		report_kept(session, kept, output, NULL);
	return error;
}

const struct command command_diff = {
	.name = "diff",
	.group = GROUP_PROFILES,
	.usage = "BEFORE AFTER [-n N] [--cum] [--sample-index TYPE] [-o FILE]",
	.summary = "what grew and what shrank from one profile to another",
	.description =
		"Subtracts BEFORE from AFTER, keeps the difference as a new profile, and prints "
		"where it is largest: what shrank has a minus. Both are numbers such as @1, or "
		"files, and may come from different runs of a program. As `go tool pprof "
		"-diff_base BEFORE AFTER`: percentages are of the total of BEFORE, whose samples "
		"have the label pprof::base in the difference.\n\n"
		"Its flame graph shows what differs, in red what grew, in blue what shrank. Folded "
		"stacks have negative values then, which most other readers pass over.\n\n"
		"A filter (`help top`) has the two compared by the samples that it leaves of each.",
	.examples =
		(const char *const[]){"diff @1 @2", "diff monday.heap tuesday.heap -o d.svg", NULL},
	.options = options,
	.minimum = 2,
	.maximum = 2,
	.prints_json = true,
	.reach = REACH_FILES,
	.run = run,
	.complete = complete_profiles_and_files,
};
