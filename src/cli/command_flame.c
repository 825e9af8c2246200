#include "cli/command.h"
#include "cli/completion.h"
#include "cli/files.h"
#include "cli/naming_options.h"
#include "cli/profile_argument.h"
#include "cli/profile_table.h"

static const struct command_option options[] = {
	{.name = "output", .letter = 'o', .argument = "FILE", .help = "the picture to write"},
	{.name = "sample-index", .argument = "TYPE", .help = "which values to show", .word = true},
	ADJUSTING_OPTIONS,
	NAMING_OPTIONS,
	{0},
};

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(profile_argument_deinit)
	struct profile_argument argument = {.heeds_settings = true};
	const char *output = arguments_value(arguments, "output");
	struct error *error;

	if (!output)
		return arguments_error(arguments, "the file to write is needed: -o FILE");
	if (!session->joint_path && !file_is_picture(output))
		return error_set_hint(
			error_create(ERROR_USAGE, "'%s' is no name of a picture", output),
			"a flame graph is an .svg file");
	error = file_check(output);
	if (!error)
		error = profile_argument_init(session, arguments_word(arguments, 0), &argument);
	if (!error)
		error = profile_argument_adjust(session, arguments, &argument);
	if (error)
		return error;
	return save_and_answer(session, arguments, argument.profile, output);
}

const struct command command_flame = {
	.name = "flame",
	.group = GROUP_PROFILES,
	.usage = "[PROFILE] -o FILE [--sample-index TYPE] [--base PROFILE]",
	.summary = "draw a flame graph",
	.description =
		"Writes a picture that any browser opens, and that needs nothing else: click to "
		"enlarge, search by name. PROFILE is a number such as @2, or a file; without it, "
		"the last profile. With --base, red has grown since that profile, and blue has "
		"shrunk. Filters and what else chooses what is shown are those of `help top`; "
		"inlined functions are marked in their tooltips.",
	.examples = (const char *const[]){"flame -o cpu.svg",
		"flame @2 -o heap.svg sample_index=inuse_objects",
		"flame -o threads.svg --per-thread", "flame -o cpu.svg --short --fold-runtime",
		NULL},
	.options = options,
	.maximum = 1,
	.prints_json = true,
	.reach = REACH_FILES,
	.run = run,
	.complete = complete_profiles_and_files,
};
