#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "cli/arguments.h"

/*
 * Options of commands that act on a process. On the command line they may stand behind the command
 * as well as before it; where a process has been chosen already, they are refused.
 */
#define TARGET_OPTIONS                                                                             \
	{                                                                                          \
		.name = "pid",                                                                     \
		.letter = 'p',                                                                     \
		.argument = "PID",                                                                 \
		.help = "the process, or several, if none is named before the command",            \
	},                                                                                         \
	{                                                                                          \
		.name = "name", .argument = "NAME", .help = "the same, by its name",               \
	}

/* Whether the command has them, and one was given. */
bool process_options_given(const struct arguments *arguments);

/* py-spy's -s of some commands: the descendants of the process, too. */
bool process_options_with_descendants(const struct arguments *arguments);

/*
 * ERROR_USAGE if a process is named more than once: by name and number, or before and behind the
 * command. Several -p on one side are several processes.
 */
struct error *process_options_check(const struct arguments *before, const struct arguments *behind)
	MUST_CHECK;

/* For the shell and scripts: ERROR_USAGE if one was given, with `attach` as the hint. */
struct error *process_options_refuse(const struct arguments *arguments) MUST_CHECK;
