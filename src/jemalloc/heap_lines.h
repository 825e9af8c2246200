#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/cursor.h"
#include "base/error.h"

/* "COUNT: BYTES [COUNT: BYTES]" as written: what is live, and what was allocated so far. */
struct heap_row {
	uint64_t live_count, live_bytes;
	uint64_t total_count, total_bytes; /* 0 without prof_accum */
};

/* Walks over the lines of a dump and says in errors where it is. The text is borrowed. */
struct heap_lines {
	struct cursor text; /* behind the current line */
	struct cursor line; /* what is left of the current line */
	size_t number;      /* of the current line, from 1 on */
};

/* The next line that is not blank; *ret is false at the end. A line that is cut: truncated. */
struct error *heap_lines_next(struct heap_lines *lines, bool *ret) MUST_CHECK;

/* ERROR_MALFORMED for the current line, with a hint. */
struct error *heap_lines_unexpected(const struct heap_lines *lines, const char *expected)
	MUST_CHECK;
/* The same for a file that ends where it must not: "the middle of a stack". */
struct error *heap_lines_truncated(const struct heap_lines *lines, const char *where) MUST_CHECK;

/* Take their part of the current line; false if something else stands there. */
bool heap_lines_take_row(struct heap_lines *lines, struct heap_row *ret);
bool heap_lines_at_end(struct heap_lines *lines); /* but for blanks */

/* The rest of the line: addresses, separated by blanks; replaces what the array has. */
struct error *heap_lines_take_addresses(struct heap_lines *lines, struct u64_array *ret) MUST_CHECK;
