#pragma once

#include "base/error.h"
#include "cli/arguments.h"
#include "session/session.h"
#include "symbolize/profile_view.h"

/* Options of commands that call view_read_names(), and for which settings stand in. */
#define NAME_VIEW_OPTIONS                                                                          \
	{                                                                                          \
		.name = "no-inlines",                                                              \
		.help = "inlined functions count as what they are in",                             \
	},                                                                                         \
		{.name = "noinlines"}, /* pprof's */                                               \
		{                                                                                  \
			.name = "short",                                                           \
			.help = "names without template and generic arguments and parameters",     \
		},                                                                                 \
	{                                                                                          \
		.name = "mangled", .help = "names as in the symbol table",                         \
	}

/* Of commands that call shown_profile_init(). */
#define VIEW_OPTIONS                                                                               \
	{                                                                                          \
		.name = "functions",                                                               \
		.help = "functions are told apart (the setting granularity)",                      \
	},                                                                                         \
		{                                                                                  \
			.name = "lines",                                                           \
			.help = "and the lines of the source in them",                             \
		},                                                                                 \
		{                                                                                  \
			.name = "addresses",                                                       \
			.help = "and each address",                                                \
		},                                                                                 \
		{                                                                                  \
			.name = "filefunctions",                                                   \
			.help = "functions of different files are told apart, too",                \
		},                                                                                 \
		{                                                                                  \
			.name = "files",                                                           \
			.help = "files of the source alone are told apart",                        \
		},                                                                                 \
		NAME_VIEW_OPTIONS,                                                                 \
	{                                                                                          \
		.name = "fold-runtime",                                                            \
		.help = "without what the runtime does before main() or a thread's function",      \
	}

/* A paragraph of a command's description. */
#define VIEW_HELP                                                                                  \
	"--lines tells the lines of a function apart, --addresses its instructions, and "          \
	"--functions, which is usual, neither. A function that was inlined is a frame of its "     \
	"own; with --no-inlines only what it is in is shown. --short leaves template and generic " \
	"arguments, parameters and return types out of names; a flame graph has the whole name "   \
	"in its tooltip. --mangled shows the names of the symbol table. --fold-runtime leaves "    \
	"out what stands at the root of every stack, such as _start, std::rt::lang_start and "     \
	"runtime.goexit. pprof files have all lines and addresses in any case: pprof chooses by "  \
	"options of its own. Of --functions, --lines and --addresses the last one given counts, "  \
	"and so does that of --short and --mangled. The settings granularity, inlines, names and " \
	"runtime stand in for options not given."

/* A profile as the options say that it be shown. */
struct shown_profile {
	const struct session_profile *profile; /* the one given, or what follows */
	struct session_profile view;           /* borrows all but its profile */
	struct profile regrained;              /* borrows all; for another grain alone */
	struct profile *made;
};

/* What the options and settings say; the others' settings alone. */
struct profile_view_options view_read_names(
	const struct session *session, const struct arguments *arguments);
/* The grain that the options or the setting ask for, of any command. */
enum profile_grain view_read_grain(
	const struct session *session, const struct arguments *arguments);

/* Of commands that have all of the options. */
struct profile_view_options view_read(
	const struct session *session, const struct arguments *arguments);

/* The profile given must outlive it; a pointer to itself is in it: it must not move. */
struct error *shown_profile_init(const struct session *session, const struct arguments *arguments,
	const struct session_profile *profile, struct shown_profile *ret) MUST_CHECK;
struct error *shown_profile_of(const struct profile_view_options *options,
	const struct session_profile *profile, struct shown_profile *ret) MUST_CHECK;
void shown_profile_deinit(struct shown_profile *shown);
