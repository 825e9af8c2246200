#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/foreign_options.h"
#include "cli/naming_options.h"
#include "cli/process_options.h"
#include "cli/table.h"
#include "cli/view_options.h"

static const struct command_option options[] = {
	TARGET_OPTIONS,
	{.name = "json", .letter = 'j', .help = "one JSON object instead of text"},
	{.name = "thread", .argument = "THREAD", .help = "one thread, by name or id"},
	{.name = "output", .letter = 'o', .argument = "FILE", .help = "save the profile, too"},
	{.name = "subprocesses",
		.letter = 's',
		.help = "its descendants, too: `attach --children`"},
	{.name = "native", .letter = 'n', .help = "changes nothing: stacks always are native"},
	{.name = "nonblocking", .help = "changes nothing: sleeping threads are not stopped"},
	{.name = "full-filenames", .help = "changes nothing"},
	{.name = "locals", .letter = 'l', .help = "refused: variables are not read"},
	NAMING_OPTIONS,
	NAME_VIEW_OPTIONS,
	{0},
};

static const struct foreign_option foreign[] = {
	{.name = "pid"},
	{.name = "name"},
	{.name = "subprocesses",
		.remark = "dump: -s is for the command line; here `attach PID --children` has the "
			  "descendants, too"},
	{.name = "native"},
	{.name = "nonblocking"},
	{.name = "full-filenames"},
	{.name = "locals",
		.refusal = "limpet reads stacks, not the variables in them",
		.hint = "`py-spy dump --locals` does for Python, `gdb -p PID` for the rest"},
	{0},
};

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(arguments_deinit) struct arguments stacks = {0};
	struct error *error =
		foreign_options_translate(session, arguments, foreign, &command_stacks, &stacks);

	return error ? error : command_stacks.run(session, &stacks);
}

const struct command command_dump = {
	.name = "dump",
	.group = GROUP_WORDS,
	.usage = "[-p PID] [-j] [-o FILE]",
	.summary = "stacks, as `py-spy dump`",
	.description =
		"What every thread does at this moment: `stacks`, by the name and with the options "
		"that it has in py-spy. -l is refused: variables are not read. A heap dump is "
		"`heap "
		"dump`.",
	.examples = (const char *const[]){"dump", "dump -j", NULL},
	.options = options,
	.repeatable = true,
	.prints_json = true,
	.run = run,
};
