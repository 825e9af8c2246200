#pragma once

#include "base/error.h"
#include "cli/arguments.h"
#include "profile/filter.h"
#include "session/session.h"

/* Options of commands that call filter_read(). */
#define FILTER_OPTIONS                                                                             \
	{                                                                                          \
		.name = "only",                                                                    \
		.argument = "PATTERN",                                                             \
		.help = "only samples with a matching function or module",                         \
		.word = true,                                                                      \
	},                                                                                         \
		{                                                                                  \
			.name = "ignore",                                                          \
			.argument = "PATTERN",                                                     \
			.help = "only samples without one",                                        \
			.word = true,                                                              \
		},                                                                                 \
		{                                                                                  \
			.name = "ignore-leaf",                                                     \
			.argument = "PATTERN",                                                     \
			.help = "only samples whose innermost one does not match",                 \
			.word = true,                                                              \
		},                                                                                 \
		{.name = "focus", .argument = "PATTERN", .word = true}, /* pprof's name of only */ \
	{                                                                                          \
		.name = "per-thread", .help = "each thread apart, below a frame of its name",      \
	}

/* For profiles that are there already; while one is taken, the sampler heeds it. */
#define THREAD_OPTION                                                                              \
	{                                                                                          \
		.name = "thread", .letter = 't', .argument = "THREAD",                             \
		.help = "one thread, by name or id",                                               \
	}

/* A paragraph of a command's description. */
#define FILTER_HELP                                                                                \
	"--only keeps the samples with a frame that matches PATTERN, --ignore those without one: " \
	"-focus and -ignore of `go tool pprof`, and focus=PATTERN does, too. --ignore-leaf "       \
	"leaves out those that were taken in what matches, as the blocklist of pprof-rs does, "    \
	"and keeps those of what it called: it looks at the innermost function and its module "    \
	"alone, and at the system call made there. A PATTERN is an extended regular expression, "  \
	"found anywhere in the name of a function, of its source file or of its module: "          \
	"'libc|vdso', '^main$'. How much was left out is told, and noted in the profile; what is " \
	"left is the new whole, but for --focus and --ignore of reports. --per-thread puts a "     \
	"frame such as \"worker-3 (4711)\" at the "                                                \
	"root of each stack; patterns do not see it."

/*
 * What the options say; *ret is NULL if all is to stay as it is. thread: of the profile's samples,
 * or NULL. ERROR_USAGE: a PATTERN is none.
 */
struct error *filter_read(const struct arguments *arguments, const char *thread,
	struct profile_filter **ret) MUST_CHECK;

/* What is said of how much was left out. */
enum filter_remarks {
	FILTER_REPORTS, /* a remark in the profile, which is reported, too */
	FILTER_REMARKS, /* a remark, which is shown anyway */
	FILTER_IS_SILENT,
};

/*
 * Makes a profile of what the filter leaves. ERROR_NOT_FOUND: nothing is left, with a hint that
 * says what matched.
 */
struct error *filter_apply(const struct session *session, const struct arguments *arguments,
	const struct profile_filter *filter, const struct profile *profile,
	enum filter_remarks remarks, struct profile **ret) MUST_CHECK;

/* What stands in for --focus and --ignore; NULL: the options do. */
struct filter_words {
	const char *focus, *ignore;
};

/* Both, for a profile that is there already; *ret is NULL if all is to stay as it is. */
struct error *filter_saved(const struct session *session, const struct arguments *arguments,
	const struct filter_words *words, const struct profile *profile,
	enum filter_remarks remarks, struct profile **ret) MUST_CHECK;
