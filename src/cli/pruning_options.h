#pragma once

#include "base/error.h"
#include "cli/arguments.h"
#include "export/pruning.h"
#include "session/session.h"

/* Options of commands that call pruning_read(): those of `go tool pprof` of the same names. */
#define PRUNING_OPTIONS                                                                            \
	{                                                                                          \
		.name = "hide",                                                                    \
		.argument = "PATTERN",                                                             \
		.help = "without frames that match",                                               \
		.word = true,                                                                      \
	},                                                                                         \
		{                                                                                  \
			.name = "show",                                                            \
			.argument = "PATTERN",                                                     \
			.help = "without frames that do not match",                                \
			.word = true,                                                              \
		},                                                                                 \
		{                                                                                  \
			.name = "show-from",                                                       \
			.argument = "PATTERN",                                                     \
			.help = "stacks begin with their outermost match",                         \
			.word = true,                                                              \
		},                                                                                 \
		{                                                                                  \
			.name = "prune-from",                                                      \
			.argument = "PATTERN",                                                     \
			.help = "stacks end in their innermost match",                             \
			.word = true,                                                              \
		},                                                                                 \
		{                                                                                  \
			.name = "tagfocus",                                                        \
			.argument = "TAGS",                                                        \
			.help = "only samples with such a label: key=text, 32kb:64kb",             \
			.word = true,                                                              \
		},                                                                                 \
		{                                                                                  \
			.name = "tagignore",                                                       \
			.argument = "TAGS",                                                        \
			.help = "only samples without one",                                        \
			.word = true,                                                              \
		},                                                                                 \
		{                                                                                  \
			.name = "tagshow",                                                         \
			.argument = "PATTERN",                                                     \
			.help = "without labels whose key does not match",                         \
			.word = true,                                                              \
		},                                                                                 \
	{                                                                                          \
		.name = "taghide", .argument = "PATTERN",                                          \
		.help = "without labels whose key matches", .word = true,                          \
	}

/* A paragraph of a command's description. */
#define PRUNING_HELP                                                                               \
	"--hide, --show, --show-from and --prune-from take frames out of stacks. A tag is a "      \
	"label of a sample, such as its thread; TAGS is a number or a range of numbers (32kb, "    \
	"32kb:, :64kb, 32kb:64kb), or patterns, A,B, which all must be found in labels, written "  \
	"key:text; behind KEY= one of them in a label of that key: --tagfocus thread=^worker. "    \
	"All of these mean what they do in `go tool pprof`."

/* The texts are those of the arguments and, with a session, of its settings. */
struct pruning_options pruning_read(
	const struct session *session, const struct arguments *arguments);

/* Reports what matched nothing. ERROR_NOT_FOUND: nothing is left. */
struct error *pruning_apply(const struct session *session, const struct pruning_options *options,
	const struct profile *profile, struct pruned_profile *ret) MUST_CHECK;
