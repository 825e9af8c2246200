#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"

/* Figures in bytes over time. All is the caller's. */

#define TIMELINE_UNKNOWN UINT64_MAX

struct timeline_row {
	const char *name;
	const uint64_t *values; /* bytes, or TIMELINE_UNKNOWN, one for each time */
};

struct timeline {
	const char *title;
	const uint64_t *times; /* ns since the beginning, in order */
	size_t count;
	const struct timeline_row *rows;
	size_t row_count;
	const uint64_t *marks; /* ns: moments to be shown, numbered from 1 */
	size_t mark_count;
};

/*
 * A picture in one SVG file that needs nothing else: a panel for each row of which something is
 * known, each with a scale of its own, so that a little growth of much can be seen, and its first
 * and last value.
 */
struct error *timeline_svg_write(const struct timeline *timeline, struct u8_array *ret) MUST_CHECK;
