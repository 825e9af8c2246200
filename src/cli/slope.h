#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How fast something grows, told from what was seen over the last while. */

#define SLOPE_POINTS 64

struct slope {
	uint64_t window; /* ns */
	struct slope_point {
		uint64_t time; /* ns */
		double value;
	} points[SLOPE_POINTS]; /* the oldest first */
	size_t count;
};

/* A window below 64 ns is none. */
void slope_init(struct slope *slope, uint64_t window);

/*
 * What was seen at a time after the one before. Of those that come closer than a 60th of the window
 * none is kept; of those that are older than it the last one, or what three points need.
 */
void slope_add(struct slope *slope, uint64_t time, double value);

/*
 * Growth in a second: the median of the slopes between any two of the points (Theil and Sen), which
 * neither a single peak nor a single step decides. *ret_level: their median, which growth is
 * relative to. false: less than a whole window was seen yet.
 */
bool slope_estimate(const struct slope *slope, double *ret, double *ret_level);

/* Begins anew. */
void slope_forget(struct slope *slope);
