#include "cli/command.h"
#include "cli/completion.h"
#include "cli/report_json.h"
#include "cli/report_request.h"

static const struct command_option options[] = {
	REPORT_VALUE_OPTIONS,
	{0},
};

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(report_request_deinit) struct report_request request = {0};
	STRING_BUILDER(text);
	struct error *error =
		report_request_init(session, arguments, REQUEST_ALL, 0, REPORT_VALUES, &request);

	if (error)
		return error;
	if (session->json)
		return answer_traces(session, &request);
	error = report_print_traces(&request.report, &text);
	return error ? error : report_request_print(session, &text);
}

const struct command command_traces = {
	.name = "traces",
	.group = GROUP_PROFILES,
	.usage = "[PROFILE] [FOCUS...] [-IGNORE...]",
	.summary = "every stack with its value and its labels",
	.description =
		"Prints the samples of a profile, one after another, as `go tool pprof -traces` "
		"does: labels first, then the value and the stack, innermost function "
		"first.\n\n" REPORT_WORDS_HELP "\n\n"
		"All other options are those of `help top`. " REPORT_SETTINGS_HELP,
	.examples = (const char *const[]){"traces", "traces @2 malloc", "traces | less",
		"traces tagfocus=thread=worker-3", NULL},
	.options = options,
	.maximum = UINT32_MAX,
	.repeatable = true,
	.prints_json = true,
	.takes_patterns = true,
	.reach = REACH_FILES,
	.run = run,
	.complete = complete_profiles_and_files,
};
