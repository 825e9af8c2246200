#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/completion.h"
#include "cli/files.h"
#include "cli/naming_options.h"
#include "cli/profile_argument.h"
#include "cli/profile_table.h"
#include "profile/sum.h"

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

struct loaded {
	struct session_profile *files;
	const struct profile **profiles;
	size_t count;
};

static void loaded_deinit(struct loaded *loaded)
{
	for (size_t i = 0; i < loaded->count; i++)
		session_profile_deinit(&loaded->files[i]);
	free(loaded->files);
	free(loaded->profiles);
}

static struct error *load_all(
	const struct session *session, const struct arguments *arguments, struct loaded *loaded)
{
	size_t count = arguments->words.count;
	struct error *error = NULL;

	loaded->files = calloc(count, sizeof(*loaded->files));
	loaded->profiles = calloc(count, sizeof(*loaded->profiles));
	if (!loaded->files || !loaded->profiles)
		return &error_no_memory;
	while (!error && loaded->count < count) {
		struct session_profile *file = &loaded->files[loaded->count];

		error = file_load(session, arguments_word(arguments, loaded->count), file);
		if (!error)
			loaded->profiles[loaded->count++] = file->profile;
	}
	return error;
}

static struct error *add_up(const struct session *session, const struct arguments *arguments,
	struct profile_argument *ret)
{
	CLEANUP(loaded_deinit) struct loaded loaded = {0};
	struct session_profile *made = &ret->made;
	struct error *error = load_all(session, arguments, &loaded);

	if (error)
		return error;
	made->name = strdup("sum");
	made->origin = strdup("");
	if (!made->name || !made->origin ||
		asprintf(&made->description, "sum of %zu profiles", loaded.count) < 0) {
		made->description = NULL;
		return &error_no_memory;
	}
	error = profile_sum(loaded.profiles, loaded.count, &made->profile);
	if (!error)
		ret->profile = made;
	return error;
}

static struct error *load(const struct session *session, const struct arguments *arguments,
	struct profile_argument *ret)
{
	if (arguments->words.count > 1)
		return add_up(session, arguments, ret);
	return profile_argument_load(session, arguments_word(arguments, 0), ret);
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(profile_argument_deinit) struct profile_argument argument = {0};
	const char *output = arguments_value(arguments, "output");
	struct error *error;

	if (!output)
		return arguments_error(arguments, "the file to write is needed: -o FILE");
	error = file_check(output);
	if (!error)
		error = load(session, arguments, &argument);
	if (!error)
		error = profile_argument_adjust(session, arguments, &argument);
	return error ? error : save_and_answer(session, arguments, argument.profile, output);
}

const struct command command_convert = {
	.name = "convert",
	.group = GROUP_PROFILES,
	.usage = "FILE [FILE...] -o FILE [--sample-index TYPE] [--base PROFILE]",
	.summary = "make a file of another format from a profile in a file",
	.description =
		"Reads what `load` reads and writes what `save` writes, without keeping the "
		"profile. Formats to write, by the file's name: " FILE_FORMATS ".\n\n"
		"Of several files it writes the sum, as pprof does: values and durations are added "
		"up, and of the value types those are left that all files have.\n\n"
		"--base writes the difference to another profile, as `diff` does. A heap "
		"profile's pprof file says which frames are the allocator's own, and "
		"pprof hides them; with --all-frames it says nothing of it.\n\n"
		"With a filter (`help top`) the file has what it leaves; --lines, --short and the "
		"like are those of `help top`, too.",
	.examples = (const char *const[]){"convert jeprof.heap -o heap.pb.gz",
		"convert heap.pb.gz -o heap.svg",
		"convert cpu.pb.gz -o worker.folded -t worker-3 --ignore-leaf libc",
		"convert monday.pb.gz tuesday.pb.gz -o both.pb.gz", NULL},
	.options = options,
	.minimum = 1,
	.maximum = UINT_MAX,
	.prints_json = true,
	.reach = REACH_SESSION,
	.run = run,
	.complete = complete_profile_files,
};
