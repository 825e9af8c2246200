#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "profile/profile.h"

/*
 * What drop_frames and keep_frames leave to be seen of stacks, by the rules of pprof
 * (profile/prune.go): a frame that is dropped hides itself and what it called, but no stack begins
 * with a frame that hides: what is before the first other one stays.
 */

enum frame_cut {
	CUT_NOTHING,
	CUT_CALLED, /* what it called is hidden, lines before first_line among it */
	CUT_ALL,    /* and so is it */
};

struct visible_location {
	enum frame_cut cut;
	uint32_t first_line; /* of the location's own, innermost first */
};
ARRAY_DEFINE(visible_locations, struct visible_location)

/* locations: empty, as it begins. */
struct error *visible_locations_find(
	const struct profile *profile, struct visible_locations *locations) MUST_CHECK;

/* How many of a stack's locations (leaf first) are shown, counted from the root. */
size_t visible_depth(
	const struct visible_locations *locations, const uint32_t *stack, size_t depth);
