#pragma once

#include <stdbool.h>

#include "base/array.h"
#include "base/error.h"
#include "profile/profile.h"

struct flame_options {
	const char *value_type; /* NULL: the profile's default */
	const char *title;      /* NULL: the program's name and the value type */
	bool icicle;            /* the root at the top, not at the bottom */
};

/*
 * A flame graph in one SVG file: a width is a share of the value, siblings are in the order of
 * their names. It needs nothing else, and can be looked at without its script; with it, it takes
 * the width of the window, a click zooms, a search marks, and "#zoom=N&search=TEXT" behind the
 * file's name does the same.
 *
 * Of a difference, a width is how much a function's stacks differ, up or down; the colour says
 * which prevails, and how much.
 *
 * Left out are boxes narrower than 0.1 of 1200 pixels, and frames more than 1000 deep. The picture
 * says so of the latter.
 */
struct error *flame_svg_write(const struct profile *profile, const struct flame_options *options,
	struct u8_array *ret) MUST_CHECK;
