#include "cli/top_view.h"

#include <string.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/foreign_options.h"
#include "cli/naming_options.h"
#include "cli/process_options.h"
#include "cli/table.h"
#include "cli/view_options.h"

static const struct command_option options[] = {
	TARGET_OPTIONS,
	{.name = "rate", .letter = 'r', .argument = "HZ", .help = "samples a second (99)"},
	{.name = "freq",
		.letter = 'F',
		.argument = "HZ",
		.number_or_none = true,
		.help = "perf's -r; -F alone is py-spy's --function"},
	{.name = "function", .help = "changes nothing"},
	{.name = "delay", .letter = 'd', .argument = "TIME", .help = "changes nothing: it is 1s"},
	{.name = "subprocesses", .letter = 's', .help = "refused: it is one process"},
	{.name = "idle", .letter = 'i', .help = "refused: it is CPU time"},
	{.name = "gil", .letter = 'g', .help = "changes nothing"},
	{.name = "native", .letter = 'n', .help = "changes nothing"},
	{.name = "nonblocking", .help = "changes nothing"},
	{.name = "full-filenames", .help = "changes nothing"},
	NAMING_OPTIONS,
	NAME_VIEW_OPTIONS,
	{0},
};

/* Those of the process stay: they are read on the way. */
static const struct foreign_option foreign[] = {
	{.name = "freq", .becomes = "rate", .without = "function"},
	{.name = "function"},
	{.name = "delay"},
	{.name = "subprocesses",
		.refusal = "the live view is of one process",
		.hint = "`record -s` samples its descendants, too; each of them has a view of its "
			"own"},
	{.name = "idle",
		.refusal = "the live view is of CPU time",
		.hint = "`cpu --wall` samples threads that wait, too; `stacks` shows them"},
	{.name = "gil"},
	{.name = "native"},
	{.name = "nonblocking"},
	{.name = "full-filenames"},
	{0},
};

const struct command command_top_view = {
	.name = "top",
	.usage = "-p PID [-r HZ]",
	.options = options,
};

static bool names_process(char *const *words, size_t count)
{
	for (size_t i = 1; i < count && strcmp(words[i], "--") != 0; i++)
		if (strncmp(words[i], "-p", 2) == 0 || strncmp(words[i], "--pid", 5) == 0 ||
			strncmp(words[i], "--name", 6) == 0)
			return true;
	return false;
}

struct error *top_view_parse(char *const *words, size_t count, bool process_given,
	struct arguments *ret, bool *ret_meant)
{
	CLEANUP(arguments_deinit) struct arguments given = {0};
	const struct command *command;
	struct error *error;
	const char *number;

	*ret_meant = false;
	error = command_find(words[0], &command, &number);
	if (error || command != &command_top || number) {
		error_destroy(error);
		return NULL;
	}
	if (!process_given && !names_process(words, count))
		return NULL;
	error = arguments_parse(&command_top_view, words + 1, count - 1, &given);
	if (!error) {
		*ret_meant = true;
		return foreign_options_translate(NULL, &given, foreign, &command_live, ret);
	}
	/* With the process before it, "top cpu.pb.gz" is as meant as "top -r 50". */
	if (names_process(words, count))
		return error;
	error_destroy(error);
	return NULL;
}
