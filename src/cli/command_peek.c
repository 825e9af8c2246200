#include "cli/command.h"
#include "cli/completion.h"
#include "cli/report_request.h"
#include "profile/pattern.h"

static const struct command_option options[] = {
	REPORT_VALUE_OPTIONS,
	{0},
};

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(report_request_deinit) struct report_request request = {0};
	CLEANUP(report_deinit) struct report report = {0};
	CLEANUP(cleanup_pattern) struct pattern *pattern = NULL;
	STRING_BUILDER(text);
	struct error *error = report_request_init(session, arguments, REQUEST_MATCHES, 0, &request);

	if (!error)
		error = pattern_create(request.pattern, PATTERN_ANYWHERE, &pattern);
	if (!error)
		error = report_init(
			request.argument.profile->profile, &request.options, REPORT_CALLS, &report);
	if (error)
		return error;
	if (!report_print_peek(&report, pattern, &text))
		return error_set_hint(
			error_create(ERROR_NOT_FOUND, "no function matches '%s'", request.pattern),
			"`top -n 0 --all` lists them all");
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
	.takes_patterns = true,
	.run = run,
	.complete = complete_profiles_and_files,
};
