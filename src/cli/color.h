#pragma once

#include <stdbool.h>

/* What is told apart by color, all in one place. Whether it is: session_wants_color(). */
enum color {
	COLOR_NONE, /* ends any of the others */
	COLOR_ERROR,
	COLOR_HEADING,
	COLOR_HINT,     /* what is said beside what was typed */
	COLOR_TARGET,   /* the process in the prompt */
	COLOR_SWITCHED, /* what limpet switched in it */
	COLOR_GOOD,     /* of what was examined: well, */
	COLOR_WARNING,  /* not in full, */
	COLOR_UNKNOWN,  /* not to be told */
	COLOR_COUNT,
};

/* The sequence that begins it (ECMA-48, SGR); "" if it is not wanted. */
const char *color_begin(bool wanted, enum color color);
