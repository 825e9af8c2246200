#pragma once

#include "base/array.h"
#include "base/cursor.h"
#include "base/error.h"
#include "elf/modules.h"
#include "profile/profile.h"

/*
 * Code that a program makes while it runs lies in memory that no file is behind: anonymous, named
 * so by the program ("[anon:v8]") or not, shared (/dev/zero, System V), or of a memfd.
 */

/*
 * The locations of the profile that have no name yet and lie there, or in no mapping at all (code
 * may be newer than the modules are), sorted by address. A memfd that holds an ELF image is a file.
 */
struct error *run_time_code_find(
	struct profile *profile, struct module_table *modules, struct u32_array *ret) MUST_CHECK;

/*
 * Gives those of them that have no name yet the one that a map has for them (symbolize/perf_map.h),
 * as it is, and the source file and the line of the function's beginning where the name tells them.
 */
struct error *run_time_code_name(
	struct profile *profile, const struct u32_array *locations, struct cursor map) MUST_CHECK;

/*
 * The same by a dump (symbolize/jit_dump.h), which also tells the line that was executing.
 * ERROR_MALFORMED: it is none.
 */
struct error *run_time_code_name_by_dump(
	struct profile *profile, const struct u32_array *locations, struct cursor dump) MUST_CHECK;

/* How many samples ("samples", or all stacks once) have one that is in a mapping without a name. */
struct error *run_time_code_count_unnamed(const struct profile *profile,
	const struct u32_array *locations, int64_t *ret_samples) MUST_CHECK;
