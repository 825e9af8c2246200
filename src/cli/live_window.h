#pragma once

#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "collect/pauses.h"
#include "collect/shares.h"
#include "profile/profile.h"

/* The recent past of a profile that grows, kept in slices: what grew in each. */

#define LIVE_SLICES 10

/* What a capture is at, summed up since it began. All times are ns. */
struct live_totals {
	uint64_t elapsed;
	uint64_t cpu_time; /* of the process */
	uint64_t samples;
	uint64_t held;     /* that threads stood still */
	uint64_t own_time; /* CPU of limpet's own */
	struct pauses pauses;
};

struct live_growth {
	uint32_t of; /* a sample or a label set */
	int64_t time;
};
ARRAY_DEFINE(live_growths, struct live_growth)

struct live_slice {
	struct live_totals before;
	struct live_growths weights; /* by sample */
	struct live_growths charges; /* by label set */
};

struct live_window {
	struct live_slice slices[LIVE_SLICES]; /* a ring */
	size_t oldest, count;
	struct profile_values weights; /* the profile's second values, up to the last slice, ... */
	struct profile_values charges; /* ... and what was charged by label set */
	struct live_totals now;
};

/* A zeroed window is empty. */
void live_window_deinit(struct live_window *window);

/*
 * Adds a slice for all that is new in the profile, which only grows, and in what was charged by its
 * label sets (cpu_capture_charged()); the oldest one goes when there are LIVE_SLICES.
 */
struct error *live_window_add(struct live_window *window, const struct profile *profile,
	const struct profile_values *charged, const struct live_totals *totals) MUST_CHECK;

/*
 * What the slices hold together: totals since the oldest one, and CPU times by label set and of
 * samples; each sample has its share of what was charged in the window.
 */
void live_window_totals(const struct live_window *window, struct live_totals *ret);
struct error *live_window_times(const struct live_window *window, const struct profile *profile,
	struct profile_values *ret, struct shares *ret_shares) MUST_CHECK;
