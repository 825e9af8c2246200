#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/error.h"

/*
 * What runtimes tell of the code that they make, in /tmp/perf-PID.map: for each function a line
 * "START SIZE NAME", both numbers hexadecimal, the name all the rest of it
 * (tools/perf/Documentation/jit-interface.txt of Linux).
 */

struct perf_map_line {
	uint64_t start;
	uint64_t end;
	struct cursor name; /* into the line */
};

/* false: not of that form, or no byte of code, or beyond the last address. */
bool perf_map_parse_line(struct cursor line, struct perf_map_line *ret);

/* An address whose function is looked for. */
struct perf_map_lookup {
	uint64_t address;   /* in */
	struct cursor name; /* out: into the text; untouched if no line holds the address */
};

/*
 * Finds the functions of addresses, which are sorted upwards. Of the lines that hold an address the
 * last one counts, as memory is used again for other code; lines that cannot be read are passed
 * over. Takes time in proportion to the text, however its lines overlap.
 */
struct error *perf_map_find(struct cursor text, struct perf_map_lookup *lookups, size_t count)
	MUST_CHECK;

/* Where a function begins in its source. */
struct perf_map_position {
	struct cursor file; /* into the name */
	uint32_t line;
};

/*
 * The position in a name of V8's, such as "JS:*burn /srv/burn.js:3:14" (log.cc, CodeCreateEvent()).
 * Only where there is no doubt: the file is an absolute path, a file: URL (of which the path
 * counts, if it needs no decoding) or a node: module, and the one blank of the name stands before
 * it.
 */
bool perf_map_parse_position(struct cursor name, struct perf_map_position *ret);
