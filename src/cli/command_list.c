#include <string.h>

#include "cli/command.h"
#include "cli/completion.h"
#include "cli/report.h"
#include "cli/report_json.h"
#include "cli/report_request.h"
#include "export/report_list.h"

static const struct command_option options[] = {
	REPORT_VALUE_OPTIONS,
	{0},
};

/* Lines may be others by now; said once for each file. */
static void report_newer(
	const struct session *session, const struct profile *profile, const struct listing *listing)
{
	const char *former = "";

	ARRAY_FOR_EACH (function, &listing->functions) {
		if (profile->time && function->source.modified > profile->time &&
			strcmp(function->file, former) != 0) {
			report(session, "%s was changed after the profile was taken",
				function->file);
			former = function->file;
		}
	}
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(report_request_deinit) struct report_request request = {0};
	CLEANUP(listing_deinit) struct listing listing = {0};
	STRING_BUILDER(text);
	struct error *error = report_request_init(
		session, arguments, REQUEST_MATCHES, 0, REPORT_VALUES, &request);

	if (!error)
		error = listing_init(&request.report, request.matching, request.pattern, &listing);
	if (error)
		return error;
	report_newer(session, request.argument.profile->profile, &listing);
	if (session->json)
		return answer_listing(session, &request, &listing);
	listing_print(&request.report, &listing, &text);
	return report_request_print(session, &text);
}

const struct command command_list = {
	.name = "list",
	.group = GROUP_PROFILES,
	.usage = "[PROFILE] PATTERN [--source-path DIR:DIR] [FOCUS...] [-IGNORE...]",
	.summary = "the source of functions, with what each line used",
	.description =
		"Prints the source of all functions whose names match PATTERN, with flat and cum "
		"of each line, as `go tool pprof -list` does. Sources are looked for as the debug "
		"information names them: absolute names as they are; others in the folders of "
		"--source-path, or the current one, and in all above them. The folders of "
		"--trim-path are cut off first; without it, all up to a folder that is called as "
		"the last part of a source path. Where a source cannot be read, the error says "
		"what "
		"was looked for, and the lines' figures are printed without their "
		"text.\n\n" REPORT_WORDS_HELP "\n\n"
		"All other options are those of `help top`. " REPORT_SETTINGS_HELP,
	.examples = (const char *const[]){"list parse", "list cpu.pb.gz '^main$'",
		"list @1 parse --source-path ~/src/app --trim-path /build/app", NULL},
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
