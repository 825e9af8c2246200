#pragma once

#include "base/error.h"
#include "cli/arguments.h"
#include "session/session.h"

/* Options of limpet itself, and of commands that name functions: where the files for that are. */
#define NAMING_OPTIONS                                                                             \
	{                                                                                          \
		.name = "debug-dir",                                                               \
		.argument = "DIR",                                                                 \
		.help = "look for debug files there, too; may be repeated",                        \
	},                                                                                         \
		{                                                                                  \
			.name = "symbols",                                                         \
			.argument = "FILE[=MODULE]",                                               \
			.help = "a file with symbols, by its build id or for MODULE",              \
		},                                                                                 \
	{                                                                                          \
		.name = "sysroot", .argument = "DIR",                                              \
		.help = "files of another machine are below that folder",                          \
	}

/* A paragraph of a command's description. */
#define NAMING_HELP                                                                                \
	"Names that a file was stripped of come from its debug file: from /usr/lib/debug and "     \
	"each "                                                                                    \
	"--debug-dir, by build id or by the link that is in the file, from --symbols FILE, and "   \
	"from debuginfod if DEBUGINFOD_URLS is set. A file of another build is refused, and told."

/* What settings were before the options of a command stood in for them. */
struct naming_settings {
	char *former[SETTING_COUNT]; /* NULL: it is as it was */
};

/* Sets what the options say, those that may be repeated as one list. ERROR_USAGE. */
struct error *naming_options_apply(struct session *session, const struct arguments *arguments,
	struct naming_settings *ret_former) MUST_CHECK;
/* Lets what was set stay. */
void naming_settings_keep(struct naming_settings *former);
/* Sets all as it was, and frees what was kept for that. */
void naming_options_restore(struct session *session, struct naming_settings *former);
