#include "cli/command.h"
#include "cli/completion.h"
#include "cli/files.h"
#include "cli/naming_options.h"
#include "cli/profile_argument.h"
#include "cli/profile_table.h"

static const struct command_option options[] = {
	{.name = "output", .letter = 'o', .argument = "FILE", .help = "the file to write"},
	{.name = "sample-index",
		.argument = "TYPE",
		.help = "which values, where the format has room for one only",
		.word = true},
	ADJUSTING_OPTIONS,
	NAMING_OPTIONS,
	{0},
};

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(profile_argument_deinit) struct profile_argument argument = {0};
	const char *output = arguments_value(arguments, "output");
	struct error *error;

	if (!output)
		return arguments_error(arguments, "the file to write is needed: -o FILE");
	error = file_check(output);
	if (!error)
		error = profile_argument_load(session, arguments_word(arguments, 0), &argument);
	if (!error)
		error = profile_argument_adjust(session, arguments, &argument);
	return error ? error : save_and_answer(session, arguments, argument.profile, output);
}

const struct command command_convert = {
	.name = "convert",
	.group = GROUP_PROFILES,
	.usage = "FILE -o FILE [--sample-index TYPE] [--base PROFILE]",
	.summary = "make a file of another format from a profile in a file",
	.description =
		"Reads what `load` reads and writes what `save` writes, without keeping the "
		"profile. Formats to write, by the file's name: " FILE_FORMATS ".\n\n"
		"--base writes the difference to another profile, as `diff` does. A heap "
		"profile's pprof file says which frames are the allocator's own, and "
		"pprof hides them; with --all-frames it says nothing of it.\n\n"
		"With a filter (`help top`) the file has what it leaves; --lines, --short and the "
		"like are those of `help top`, too.",
	.examples = (const char *const[]){"convert jeprof.heap -o heap.pb.gz",
		"convert heap.pb.gz -o heap.svg",
		"convert cpu.pb.gz -o worker.folded -t worker-3 --ignore libc", NULL},
	.options = options,
	.minimum = 1,
	.maximum = 1,
	.prints_json = true,
	.reach = REACH_SESSION,
	.run = run,
	.complete = complete_profile_files,
};
