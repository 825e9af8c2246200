#pragma once

#include <jansson.h>

#include "base/array.h"
#include "base/error.h"
#include "jemalloc/growth.h"
#include "symbolize/profile_view.h"

/* What of a process's memory is watched while it grows: RSS, and what jemalloc itself says. */
enum growth_figure {
	GROWTH_ALLOCATED,
	GROWTH_ACTIVE,
	GROWTH_RESIDENT,
	GROWTH_RSS,
	GROWTH_FIGURE_COUNT,
};

/* TIMELINE_UNKNOWN for what could not be read. */
struct growth_moments {
	struct u64_array times; /* ns since the beginning */
	struct u64_array figures[GROWTH_FIGURE_COUNT];
	struct u64_array dumps; /* times of those */
};

extern const char *const growth_figure_names[GROWTH_FIGURE_COUNT];

/* All that came of it. */
struct growth_report {
	const struct growth_moments *moments;
	const struct growth_series *series;
	const struct growth_entries *entries; /* ranked, and named in the series' profile */
	struct growth all;
	uint64_t limit;                          /* stacks to be shown */
	const struct profile_view_options *view; /* its names and inlined functions are heeded */
};

/* As text: the figures, and the stacks that grew for sure. */
struct error *growth_format(const struct growth_report *report, struct u8_array *ret) MUST_CHECK;

/* The same as JSON; also of stacks that may not have grown, up to the limit. NULL: no memory. */
json_t *growth_json(const struct growth_report *report);
