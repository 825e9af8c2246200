#pragma once

#include "dwarf/dwarf.h"
#include "dwarf/unit.h"

/* The other files of an image's debug information. A zeroed struct has none yet. */
struct dwarf_others {
	struct dwarf_opener opener;
	bool package_tried;
	bool lacks_files;           /* one that was named has not been found */
	struct dwarf_file *package; /* .dwp */
	struct dwarf_file *object;  /* .dwo, of the unit at hand */
	uint64_t looks;             /* at units of objects, since the addresses were asked for */
};

void dwarf_others_deinit(struct dwarf_others *others);

/* Closes the .dwo file of the unit before, if there was one: no unit of it may be open. */
void dwarf_others_close_object(struct dwarf_others *others);

/* Finds the file's supplement, if it says that it has one. */
struct error *dwarf_others_open_supplement(struct dwarf_others *others, struct dwarf_file *file)
	MUST_CHECK;

/*
 * Opens what a skeleton stands for, of which it has the number. *ret_found: whether the unit is one
 * and that was found. Valid until the object is closed, which comes before the next call.
 */
struct error *dwarf_others_open_split(struct dwarf_others *others,
	const struct dwarf_unit *skeleton, struct dwarf_unit *unit, bool *ret_found) MUST_CHECK;
