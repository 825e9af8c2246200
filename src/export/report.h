#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/error.h"
#include "base/string_builder.h"
#include "export/frames.h"
#include "export/graph.h"
#include "export/units.h"
#include "profile/profile.h"

/*
 * The text reports of `go tool pprof` (internal/report/report.go): what they have in them, and how
 * it is printed. Names are as frames.h has them, and so are granularities.
 */

#define REPORT_NODE_FRACTION 0.005
#define REPORT_EDGE_FRACTION 0.001
#define REPORT_UNIT          "minimum"

/* pprof's options of these names; a zeroed struct has pprof's defaults. Texts are borrowed. */
struct report_options {
	const char *value_type; /* NULL: the profile's default */
	size_t limit;           /* nodecount: functions at most; 0: no limit */
	bool by_cumulative;     /* sorted by cum, not by flat */
	bool everything;        /* also what is below the fractions */
	double node_fraction;   /* of the total, with own_fractions; else 0.005 and 0.001 */
	double edge_fraction;
	bool own_fractions;
	bool drop_negative;
	bool mean;        /* each value by the first one */
	double divide_by; /* 0: 1 */
	const char *unit; /* NULL: "minimum", one that suits the smallest figure */
	const char *trim_path, *source_path; /* source_file.h; NULL: "" */
	/* "focus=x", ended by NULL: told in the header. NULL: none. */
	const char *const *filters;
	const int64_t *total; /* what percentages are of; NULL: the total of the profile */
};

struct report_row {
	const char *name;
	const struct graph_node *node;
	size_t first_caller, caller_count; /* in callers, the heaviest first */
	size_t first_callee, callee_count; /* in callees, the heaviest first */
};
ARRAY_DEFINE(report_rows, struct report_row)

struct report {
	const struct profile *profile;
	const struct report_options *options;
	struct graph_values values;
	struct frames frames;
	struct graph graph;
	struct report_rows rows; /* as they are printed */
	struct graph_edges callers, callees;
	size_t dropped, kept; /* functions below the fraction, the others before the limit */
	int64_t total;
	struct string_builder unit; /* of the values */
	const char *shown_unit;
};

enum report_scope {
	REPORT_FUNCTIONS, /* edges are looked for as far as they tell of inlined functions */
	REPORT_CALLS,     /* callers and callees, too */
	REPORT_VALUES,    /* no rows at all: for what prints stacks or lines */
};

/* The profile and the options must outlive it. ERROR_USAGE: there is no such value type. */
struct error *report_init(const struct profile *profile, const struct report_options *options,
	enum report_scope scope, struct report *ret) MUST_CHECK;
void report_deinit(struct report *report);

/* What is shown of a mean's or a quotient's value, in the report's unit. */
char *report_value(const struct report *report, int64_t value, char buffer[static UNITS_TEXT_SIZE]);

/* What percentages are of, by the options, for a profile whose filters come later. */
struct error *report_total(const struct profile *profile, const struct report_options *options,
	int64_t *ret) MUST_CHECK;

/*
 * The table of -top, to the character but for one column: how many samples a row rests on, where
 * the profile tells that of the values shown: inuse_samples for inuse_space. flat is what a
 * function used itself, cum what it and all it called used, recursion counted once; all figures are
 * in one unit. Times of day are in the local time zone. ret: appended to.
 */
void report_print_top(const struct report *report, struct string_builder *ret);

/* -tree: each function between its callers and what it called. */
void report_print_tree(const struct report *report, struct string_builder *ret);

struct pattern;

/* -peek: of those whose names match. false: none does. */
bool report_print_peek(
	const struct report *report, const struct pattern *pattern, struct string_builder *ret);

/* A sample as -traces shows it. */
struct report_trace {
	int64_t value;
	const struct frame_slots *slots; /* the root first; at least one */
	const struct profile_label *labels;
	size_t label_count;
};

/* Of each sample with a value and a frame, in their order; a trace is valid until the next one. */
struct error *report_each_trace(const struct report *report,
	struct error *(*take)(void *context, const struct report_trace *trace), void *context)
	MUST_CHECK;

/* -traces: each stack with its labels. */
struct error *report_print_traces(const struct report *report, struct string_builder *ret)
	MUST_CHECK;

/* The lines that say what was measured, and when. */
void report_print_header(const struct report *report, struct string_builder *ret);

/* report_init() and report_print_top(). */
struct error *report_top(const struct profile *profile, const struct report_options *options,
	struct u8_array *ret) MUST_CHECK;
