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

/*
 * The table of `go tool pprof -top` (internal/report/report.go), to the character but for one
 * column: how many samples a row rests on, where the profile tells that of the values shown:
 * inuse_samples for inuse_space. flat is what a function used itself, cum what it and all it called
 * used, recursion counted once; all figures are in one unit. Times of day are in the local time
 * zone.
 */
struct error *report_top(const struct profile *profile, const struct report_options *options,
	struct u8_array *ret) MUST_CHECK;
