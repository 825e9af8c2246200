#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"

/* From start up to, not including, end. */
struct dwarf_span {
	uint64_t start, end;
	uint32_t value;
};
ARRAY_DEFINE(dwarf_spans, struct dwarf_span)

/* The addresses that are asked for, sorted upwards. */
struct dwarf_wanted {
	const uint64_t *addresses;
	size_t count;
};

/* The number of those below an address. */
size_t dwarf_wanted_below(const struct dwarf_wanted *wanted, uint64_t address);
/* Whether there is any from start up to, not including, end. */
bool dwarf_wanted_within(const struct dwarf_wanted *wanted, uint64_t start, uint64_t end);

/* One that is empty or starts at 0 is left out: linkers move there what they have removed. */
struct error *dwarf_spans_add(
	struct dwarf_spans *spans, uint64_t start, uint64_t end, uint32_t value) MUST_CHECK;

/* Sorts them, and divides those that overlap: an address belongs to the highest value. */
struct error *dwarf_spans_seal(struct dwarf_spans *spans) MUST_CHECK;

/* For sealed ones: that which holds the address, or NULL. */
const struct dwarf_span *dwarf_spans_find(const struct dwarf_spans *spans, uint64_t address);
