#pragma once

#include "base/error.h"
#include "elf/modules.h"
#include "profile/profile.h"

/*
 * Names every location of the profile that has no name yet: the function from the symbol tables,
 * demangled, or from the table of Go's runtime; "libx.so+0x12" (the file's own address) where none
 * is found; "0x7f12" (the run-time address) where there is no file. Sets the mappings' build ids, and has_functions where a symbol
 * was found. A module is used for a mapping of the same path only, and, if the mapping has a build
 * id, of the same build id. Lines and inlined functions: not yet.
 */
struct error *symbolize_profile(struct profile *profile, struct module_table *modules) MUST_CHECK;

/*
 * A module table for a profile without a process: the files by the absolute paths in its mappings.
 * A file with another build id than its mapping's is refused: that is the module's problem. The
 * profile must outlive the table.
 */
struct error *modules_of_profile(const struct profile *profile, struct module_table **ret)
	MUST_CHECK;
