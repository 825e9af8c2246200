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
		report_request_init(session, arguments, REQUEST_MATCHES, 0, REPORT_CALLS, &request);

	if (error)
		return error;
	if (session->json)
		return answer_calls(session, &request, request.matching);
	if (!report_print_peek(&request.report, request.matching, &text))
		return report_no_match(&request);
	return report_request_print(session, &text);
}

const struct command command_peek = {
	.name = "peek",
	.group = GROUP_PROFILES,
	.usage = "[PROFILE] PATTERN [FOCUS...] [-IGNORE...]",
	.summary = "who called a function, and what it called",
	.description =
		"What `tree` shows, of the functions whose names match PATTERN alone, and of all "
		"of "
		"their callers and callees, however little they used.\n\n" REPORT_WORDS_HELP "\n\n"
		"All other options are those of `help top`. " REPORT_SETTINGS_HELP,
	.examples = (const char *const[]){"peek malloc", "peek @2 '^main$'",
		"peek heap.pb.gz 'parse|lex' -test", NULL},
	.options = options,
	.minimum = 1,
	.maximum = UINT32_MAX,
	.repeatable = true,
	.prints_json = true,
	.takes_patterns = true,
	.reach = REACH_FILES,
	.run = run,
	.complete = complete_profiles_and_files,
};
