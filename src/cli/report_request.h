#pragma once

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/naming_options.h"
#include "cli/profile_argument.h"
#include "export/report.h"
#include "session/session.h"

/* What top, tree, peek, list and traces are asked for, in the words of `go tool pprof`. */

#define REPORT_VALUE_OPTIONS                                                                       \
	{                                                                                          \
		.name = "sample-index",                                                            \
		.argument = "TYPE",                                                                \
		.help = "which values to show",                                                    \
		.word = true,                                                                      \
	},                                                                                         \
		{                                                                                  \
			.name = "unit",                                                            \
			.argument = "UNIT",                                                        \
			.help = "what values are shown in: ms, MB; auto",                          \
			.word = true,                                                              \
		},                                                                                 \
		{                                                                                  \
			.name = "mean",                                                            \
			.help = "values by the first one of their samples",                        \
			.word = true,                                                              \
			.boolean = true,                                                           \
		},                                                                                 \
		{                                                                                  \
			.name = "divide-by",                                                       \
			.argument = "NUMBER",                                                      \
			.help = "values are divided by that",                                      \
			.word = true,                                                              \
		},                                                                                 \
		{                                                                                  \
			.name = "relative-percentages",                                            \
			.help = "percentages are of what is left",                                 \
			.word = true,                                                              \
			.boolean = true,                                                           \
		},                                                                                 \
		{                                                                                  \
			.name = "source-path",                                                     \
			.argument = "DIR",                                                         \
			.help = "folders, DIR:DIR, to look for sources in",                        \
			.word = true,                                                              \
		},                                                                                 \
		{                                                                                  \
			.name = "trim-path",                                                       \
			.argument = "DIR",                                                         \
			.help = "folders, DIR:DIR, to cut off sources' names",                     \
			.word = true,                                                              \
		},                                                                                 \
		{                                                                                  \
			.name = "cum",                                                             \
			.letter = 'c',                                                             \
			.help = "sort by what functions and all they called used",                 \
		},                                                                                 \
		{.name = "flat", .help = "sort by what functions used themselves"},                \
		{                                                                                  \
			.name = "drop-negative",                                                   \
			.help = "without what shrank",                                             \
			.word = true,                                                              \
			.boolean = true,                                                           \
		},                                                                                 \
		{.name = "compact-labels", .word = true, .boolean = true}, /* nothing to do */     \
		{.name = "call-tree", .word = true, .boolean = true},      /* pictures only */     \
		ADJUSTING_OPTIONS, NAMING_OPTIONS

/* Of top and tree, too. */
#define REPORT_ROW_OPTIONS                                                                         \
	{                                                                                          \
		.name = "number",                                                                  \
		.letter = 'n',                                                                     \
		.argument = "N",                                                                   \
		.help = "how many functions to show; 0: all",                                      \
	},                                                                                         \
		{.name = "nodecount", .argument = "N", .word = true}, /* pprof's name of number */ \
		{                                                                                  \
			.name = "nodefraction",                                                    \
			.argument = "F",                                                           \
			.help = "functions of that part of the total or more; 0.005",              \
			.word = true,                                                              \
		},                                                                                 \
		{                                                                                  \
			.name = "edgefraction",                                                    \
			.argument = "F",                                                           \
			.help = "calls of that part of it or more; 0.001",                         \
			.word = true,                                                              \
		},                                                                                 \
		{                                                                                  \
			.name = "trim",                                                            \
			.help = "=false: everything",                                              \
			.word = true,                                                              \
			.boolean = true,                                                           \
		},                                                                                 \
	{                                                                                          \
		.name = "all", .letter = 'a', .help = "functions below 0.5% of the total, too",    \
	}

/* Paragraphs of the commands' descriptions. */
#define REPORT_WORDS_HELP                                                                          \
	"PROFILE is a number such as @2, or a file; without it, the last profile is meant. What "  \
	"else stands there is a focus, and behind a dash an ignore: `top10 -cum parse -malloc`. "  \
	"Of several focuses one must match; percentages then still are of the whole profile, as "  \
	"in pprof, unless with --relative-percentages. --only, --ignore-leaf and -t make what is " \
	"left the new whole, and tell how much they left out."

#define REPORT_SETTINGS_HELP                                                                       \
	"Settings of the same names stand in for options that are not given, and "                 \
	"`focus=PATTERN` in a line of its own sets one; `:` clears focus, ignore, hide, tagfocus " \
	"and tagignore. `help pprof` compares the words of both."

ARRAY_DEFINE(report_filters, const char *)

struct report_request {
	struct profile_argument argument;
	struct report_options options;
	struct report report;     /* of the profile, by the options */
	const char *pattern;      /* of peek and list: their first word; else NULL */
	struct pattern *matching; /* the functions that it means; NULL without one */
	struct string_builder focus, ignore;
	struct report_filters filters; /* ended by NULL; each to be freed */
	int64_t total;
};

enum request_kind {
	REQUEST_ROWS,    /* the command has REPORT_ROW_OPTIONS, and as many rows as usual */
	REQUEST_MATCHES, /* it has a pattern before other words, and no limit of rows */
	REQUEST_ALL,     /* no limit of rows */
};

/*
 * Reads the words and options of a command with takes_patterns, and makes the profile that they
 * mean, and the report of it. limit: how many rows there are unless something says so; 0: all. A
 * request must not move.
 */
struct error *report_request_init(struct session *session, const struct arguments *arguments,
	enum request_kind kind, uint64_t limit, enum report_scope scope, struct report_request *ret)
	MUST_CHECK;
void report_request_deinit(struct report_request *request);

/* For a command with a pattern that no function matches. */
struct error *report_no_match(const struct report_request *request) MUST_CHECK;

/* Prints and empties the text, unless it lacks memory. */
struct error *report_request_print(struct session *session, struct string_builder *text) MUST_CHECK;
