#include "cli/command.h"
#include "cli/completion.h"
#include "cli/files.h"
#include "cli/output_name.h"
#include "cli/profile_argument.h"
#include "cli/profile_table.h"

static const struct command_option options[] = {
	{.name = "sample-index",
		.argument = "TYPE",
		.help = "which values, where the format has room for one only",
		.word = true},
	PROFILE_FILTER_OPTIONS,
	{0},
};

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(profile_argument_deinit) struct profile_argument argument = {0};
	bool both = arguments->words.count == 2;
	const char *path = arguments_word(arguments, both ? 1 : 0);
	struct error *error;

	if (path[0] == '@')
		return arguments_error(arguments, "a file to write is needed after %s", path);
	error = file_check(path);
	if (!error)
		error = profile_argument_init(
			session, both ? arguments_word(arguments, 0) : NULL, &argument);
	if (!error)
		error = profile_argument_filter(session, arguments, &argument);
	return error ? error : save_and_answer(session, arguments, argument.profile, path);
}

const struct command command_save = {
	.name = "save",
	.group = GROUP_PROFILES,
	.usage = "[PROFILE] FILE [--sample-index TYPE]",
	.summary = "write a profile to a file",
	.description =
		"The file's name says in which format: " FILE_FORMATS ". A file that is there is "
		"replaced as a whole, once everything went well.\n\n" OUTPUT_NAME_HELP "\n\n"
		"With a filter (`help top`) what it leaves is written, as --lines, --short and the "
		"like have it; the profile stays whole.",
	.examples = (const char *const[]){"save heap.pb.gz", "save @2 stacks.folded", NULL},
	.options = options,
	.minimum = 1,
	.maximum = 2,
	.writes_last_argument = true,
	.prints_json = true,
	.run = run,
	.complete = complete_profiles_and_files,
};
