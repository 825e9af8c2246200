#pragma once

#include "dwarf/spans.h"
#include "dwarf/unit.h"

/* The functions of a unit that hold an address that is asked for. A zeroed struct is empty. */
struct dwarf_functions {
	struct u64_array dies; /* offsets; the value of a span is an index */
	struct dwarf_spans spans;
};

/* The unit is loaded. An entry that is broken ends what is found. */
struct error *dwarf_functions_read(struct dwarf_functions *functions, const struct dwarf_unit *unit,
	const struct dwarf_wanted *wanted) MUST_CHECK;
void dwarf_functions_deinit(struct dwarf_functions *functions);

/* A function that was inlined into another one. */
struct dwarf_inline {
	uint64_t die;
	uint32_t parent; /* into which, or DWARF_NO_PARENT: the function itself */
};
#define DWARF_NO_PARENT UINT32_MAX
ARRAY_DEFINE(dwarf_inline_array, struct dwarf_inline)

/* What was inlined into one function. A zeroed struct is empty. */
struct dwarf_inlines {
	struct dwarf_inline_array items; /* as in the function, callers first */
	struct dwarf_spans spans;        /* of the values, the innermost counts */
};

/* function: the offset of its entry. *ret_length: of the entries that were looked at, in bytes. */
struct error *dwarf_inlines_read(struct dwarf_inlines *inlines, const struct dwarf_unit *unit,
	uint64_t function, const struct dwarf_wanted *wanted, uint64_t *ret_length) MUST_CHECK;
void dwarf_inlines_deinit(struct dwarf_inlines *inlines);

/*
 * Passes over an entry, whose code has been taken. *ret_sibling: where the one behind its children
 * is, in .debug_info; 0 if it does not say so. false: broken.
 */
bool dwarf_unit_skip(const struct dwarf_unit *unit, struct cursor *cursor,
	const struct dwarf_abbreviation *abbreviation, uint64_t *ret_sibling);

/* Goes on behind an entry's children, if that is known and lies ahead. */
bool dwarf_unit_skip_to(const struct dwarf_unit *unit, struct cursor *cursor, uint64_t sibling);
