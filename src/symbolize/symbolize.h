#pragma once

#include "base/error.h"
#include "elf/modules.h"
#include "profile/profile.h"

/*
 * Names every location of the profile that has no name yet: by the debug information of the module
 * or of its debug file, a line for each inlined function, with source files and lines; where there
 * is none, by the symbol tables; "libx.so+0x12" (the file's own address) where neither has it;
 * "0x7f12" (the run-time address) where there is no file. Names are demangled; programs in Go keep
 * those of their runtime's table. Sets the mappings' build ids, has_functions and the like where
 * something was found, and problem where an address has no name. A module is used for a mapping of
 * the same path only, and, if the mapping has a build id, of the same build id. What a file lacks
 * is looked for elsewhere (elf/debug_search.h), which may take as long as fetching it does. A debug
 * file that is refused, and a mapped file that cannot be had without more rights, are told in
 * comments of the profile.
 */
struct error *symbolize_profile(struct profile *profile, struct module_table *modules) MUST_CHECK;

/* Where the files of a profile without a process are. Both are borrowed. */
struct profile_files {
	const struct profile *profile;
	struct debug_search *search; /* its sysroot counts, too; NULL: the usual places */
};

/*
 * A module table for a profile without a process: the files by the absolute paths in its mappings,
 * below the sysroot if there is one (debug_search_open_below()); files outside of it then only if
 * their build id is that of the mapping. A file with another build id than its mapping's is
 * refused: that is the module's problem. The files must outlive the table.
 */
struct error *modules_of_profile(struct profile_files *files, struct module_table **ret) MUST_CHECK;
