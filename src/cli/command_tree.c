#include "cli/command.h"
#include "cli/completion.h"
#include "cli/report_json.h"
#include "cli/report_request.h"

#define TREE_ROWS 80

static const struct command_option options[] = {
	REPORT_ROW_OPTIONS,
	REPORT_VALUE_OPTIONS,
	{0},
};

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(report_request_deinit) struct report_request request = {0};
	STRING_BUILDER(text);
	struct error *error = report_request_init(
		session, arguments, REQUEST_ROWS, TREE_ROWS, REPORT_CALLS, &request);

	if (error)
		return error;
	if (session->json)
		return answer_calls(session, &request, NULL);
	report_print_tree(&request.report, &text);
	return report_request_print(session, &text);
}

const struct command command_tree = {
	.name = "tree",
	.group = GROUP_PROFILES,
	.usage = "[PROFILE] [-n N] [--cum] [FOCUS...] [-IGNORE...]",
	.summary = "functions between their callers and what they called",
	.description =
		"Each function of `top` with its figures, above it the functions that called it "
		"and below it those that it called; calls is what was used in these calls, and "
		"calls% how much that is of the function's cum. As `go tool pprof -tree` prints "
		"it: 80 functions unless -n or the setting nodecount says otherwise; functions "
		"that are left out are stepped over.\n\n" REPORT_WORDS_HELP "\n\n"
		"All other options are those of `help top`. " REPORT_SETTINGS_HELP,
	.examples = (const char *const[]){"tree", "tree20 -cum", "tree heap.pb.gz parse -malloc",
		"tree > calls.txt", NULL},
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
