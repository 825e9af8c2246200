#include "cli/answer.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/naming_options.h"
#include "cli/report.h"

static const struct command_option options[] = {
	NAMING_OPTIONS,
	{0},
};

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(session_profile_deinit) struct session_profile profile = {0};
	const struct session_profile *added;
	struct error *error = file_load(session, arguments_word(arguments, 0), &profile);

	if (!error)
		error = session_add_profile(session, &profile, &added);
	if (error)
		return error;
	if (session->json)
		error = answer_put_all(session, json_session_profile(added));
	report(session, "@%u: %s, %zu sample%s", added->number, added->description,
		added->profile->samples.count, added->profile->samples.count == 1 ? "" : "s");
	return error;
}

const struct command command_load = {
	.name = "load",
	.group = GROUP_PROFILES,
	.usage = "FILE [--sysroot DIR]",
	.summary = "read a profile from a file",
	.description =
		"Takes pprof files, jemalloc's heap dumps and folded stacks; what it is, the "
		"content tells. The addresses of a heap dump are named from the program and the "
		"libraries that it mentions, as far as they are on this machine, or of another "
		"machine "
		"below --sysroot: with their paths, by build id, or flat. A dump does not "
		"tell their build ids: files that cannot be proven to be the ones are listed among "
		"the remarks.\n\n" NAMING_HELP "\n\n"
		"The profile gets the next number: @1, @2, ... and @ is the last one.",
	.examples = (const char *const[]){"load jeprof.1234.0.i0.heap", "load cpu.pb.gz", NULL},
	.options = options,
	.minimum = 1,
	.maximum = 1,
	.prints_json = true,
	.run = run,
	.complete = complete_profile_files,
};
