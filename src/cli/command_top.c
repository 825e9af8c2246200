#include "cli/answer.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/json.h"
#include "cli/process_options.h"
#include "cli/profile_table.h"
#include "cli/report_request.h"

#define TOP_ROWS 20

static const struct command_option options[] = {
	TARGET_OPTIONS,
	REPORT_ROW_OPTIONS,
	REPORT_VALUE_OPTIONS,
	{0},
};

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(report_request_deinit) struct report_request request = {0};
	STRING_BUILDER(text);
	struct error *error = report_request_init(
		session, arguments, REQUEST_ROWS, TOP_ROWS, REPORT_FUNCTIONS, &request);

	if (error)
		return error;
	if (session->json) {
		answer_put(session, "profile", json_profile(request.argument.profile));
		return answer_table(session, &request.report);
	}
	report_print_top(&request.report, &text);
	return report_request_print(session, &text);
}

const struct command command_top = {
	.name = "top",
	.group = GROUP_PROFILES,
	.usage = "[PROFILE] [-n N] [--cum] [--sample-index TYPE] [--base PROFILE] [FOCUS...] "
		 "[-IGNORE...]",
	.summary = "the functions that used most",
	.description =
		"The table of `go tool pprof`: flat is what a function used itself, cum what it "
		"and all that it called used. --base shows the difference to another profile, as "
		"`diff` does.\n\n" REPORT_WORDS_HELP "\n\n"
		"Of heap profiles, samples is how many samples of the profiler cum rests on: with "
		"n "
		"of them it is off by some 1/sqrt(n), which is a third for 10 and a tenth for 100. "
		"Blocks much larger than the sampling rate are seen nearly all.\n\n" FILTER_HELP
		"\n\n" PRUNING_HELP "\n\n" VIEW_HELP "\n\n"
		"With a process and no profile, on the command line, `top -p PID` is the view that "
		"py-spy, perf and top(1) have: `help live`.\n\n"
		"pprof's own words do, too: top10, top 10, -cum, sample_index=TYPE, "
		"focus=PATTERN. " REPORT_SETTINGS_HELP,
	.examples = (const char *const[]){"top", "top10 -cum", "top @2 sample_index=alloc_space",
		"top heap.pb.gz -n 5", "top10 -cum parse -malloc",
		"top --ignore-leaf 'libc|vdso' --only '^handle_'", "top -t worker-3 --cum",
		"top --lines --no-inlines", "top --short --fold-runtime",
		"top hide=runtime tagfocus=thread=worker unit=ms", NULL},
	.options = options,
	.maximum = UINT32_MAX,
	.number_option = "number",
	.repeatable = true,
	.prints_json = true,
	.takes_patterns = true,
	.reach = REACH_FILES,
	.run = run,
	.complete = complete_profiles_and_files,
};
