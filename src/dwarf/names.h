#pragma once

#include "dwarf/unit.h"

/* What an entry of a function, and those that it refers to, say of its name. */
struct dwarf_name {
	const char *linkage_name, *name; /* of texts; or NULL */
	uint32_t start_line;
};

/* Units that others refer to, kept open as there is hardly a reference without a next one. */
struct dwarf_references {
	struct dwarf_unit *units; /* DWARF_REFERENCES of them; NULL until then */
};
#define DWARF_REFERENCES 32

void dwarf_references_deinit(struct dwarf_references *references);

/*
 * Follows DW_AT_abstract_origin and DW_AT_specification until nothing is missing. die: an entry of
 * the unit.
 */
struct error *dwarf_name_of(struct dwarf_references *references, const struct dwarf_unit *unit,
	const struct dwarf_die *die, struct dwarf_texts *texts, struct dwarf_name *ret) MUST_CHECK;
