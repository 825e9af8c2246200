#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/error.h"
#include "profile/profile.h"

struct report_options {
	const char *value_type; /* NULL: the profile's default */
	size_t limit;           /* lines at most; 0: no limit */
	bool by_cumulative;     /* sorted by cum, not by flat */
	bool everything;        /* also functions below 0.5% of the total */
};

/* What of a profile its table shows; texts are the profile's. */
struct report_figures {
	const char *type, *unit;
	int64_t total;    /* what percentages are of */
	size_t functions; /* in all; those that are not rows are too small, or beyond the limit */
};

struct report_row {
	const char *name; /* valid during the call */
	int64_t flat, cumulative, samples;
	bool has_samples, inlined;
};

/* The rows of report_top() as numbers, in their order. */
struct error *report_top_rows(const struct profile *profile, const struct report_options *options,
	void (*take)(void *context, const struct report_row *row), void *context,
	struct report_figures *ret) MUST_CHECK;

/*
 * The table of `go tool pprof -top` (internal/report/report.go), to the character but for one
 * column: how many samples a row rests on, where the profile tells that of the values shown:
 * inuse_samples for inuse_space. flat is what a function used itself, cum what it and all it called
 * used, recursion counted once; all figures are in one unit. Times of day are in the local time
 * zone.
 */
struct error *report_top(const struct profile *profile, const struct report_options *options,
	struct u8_array *ret) MUST_CHECK;
