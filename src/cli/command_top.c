#include "cli/command.h"
#include "cli/completion.h"
#include "cli/files.h"
#include "export/report.h"

static const struct command_option options[] = {
	{.name = "number", .letter = 'n', .argument = "N", .help = "how many functions to show"},
	{.name = "cum", .letter = 'c', .help = "sort by what functions and all they called used"},
	{.name = "sample-index", .argument = "TYPE", .help = "which values to show", .word = true},
	{.name = "all", .letter = 'a', .help = "functions below 0.5% of the total, too"},
	{0},
};

static struct error *read_options(const struct session *session, const struct arguments *arguments,
	struct report_options *ret)
{
	uint64_t limit = settings_number(&session->settings, SETTING_NODECOUNT);
	struct error *error = arguments_number(arguments, "number", limit, 1, UINT32_MAX, &limit);

	if (error)
		return error;
	*ret = (struct report_options){
		.value_type = value_type_name(session, arguments),
		.limit = limit,
		.by_cumulative = arguments_has(arguments, "cum"),
		.everything = arguments_has(arguments, "all"),
	};
	return NULL;
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(profile_argument_deinit) struct profile_argument argument = {0};
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct report_options report_options;
	struct error *error = read_options(session, arguments, &report_options);

	if (!error)
		error = profile_argument_init(session, arguments_word(arguments, 0), &argument);
	if (!error)
		error = report_top(argument.profile->profile, &report_options, &text);
	if (!error)
		fwrite(text.items, 1, text.count, session->out);
	return error;
}

const struct command command_top = {
	.name = "top",
	.group = GROUP_PROFILES,
	.usage = "[PROFILE] [-n N] [--cum] [--sample-index TYPE]",
	.summary = "the functions that used most",
	.description =
		"The table of `go tool pprof`: flat is what a function used itself, cum what it "
		"and all that it called used. PROFILE is a number such as @2, or a file; without "
		"it, the last profile.\n\n"
		"pprof's own words do, too: top10, top 10, -cum, sample_index=TYPE. The settings "
		"nodecount and sample_index stand in for options not given.",
	.examples = (const char *const[]){"top", "top10 -cum", "top @2 sample_index=alloc_space",
		"top heap.pb.gz -n 5", NULL},
	.options = options,
	.maximum = 1,
	.number_option = "number",
	.repeatable = true,
	.run = run,
	.complete = complete_profiles_and_files,
};
