#pragma once

#include "base/error.h"
#include "cli/arguments.h"
#include "session/session.h"

/*
 * Profiles in files. An error about a file never is ERROR_DENIED or ERROR_GONE: that would say
 * that the target is (exit status 4).
 */

/*
 * Reads a pprof file, a jemalloc heap dump or folded stacks, by their content, and names what has
 * no names yet from the files of its mappings. The session does not have it yet: for
 * session_add_profile(), or session_profile_deinit().
 */
struct error *file_load(
	const struct session *session, const char *path, struct session_profile *ret) MUST_CHECK;

/*
 * Whether file_save() could succeed: a known format, and a place that can be written to. To be
 * asked before anything that takes time.
 */
struct error *file_check(const char *path) MUST_CHECK;

/*
 * In the format of the file's name; ".heap" writes the dump's own bytes where there was one.
 * Formats that hold one value only take value_type; NULL is the profile's default.
 */
struct error *file_save(
	const struct session_profile *profile, const char *value_type, const char *path) MUST_CHECK;

/* The file as it is, whatever it holds. */
struct error *file_save_bytes(const char *path, const struct u8_array *bytes) MUST_CHECK;

/* For the help: the names of the formats that file_save() knows. */
#define FILE_FORMATS                                                                               \
	".pb.gz and .pb (pprof), .folded, .svg (flame graph), .txt, .heap (jemalloc's dump, for "  \
	"jeprof), .gperftools (heap profile in the older text that pprof and jeprof read)"

/* Ends of the names of files that file_load() reads, one after the other from 0; NULL: no more. */
const char *file_readable_suffix(size_t index);

/* Whether the file's name says that file_save() would draw a flame graph. */
bool file_is_picture(const char *path);

/* What to show of a profile: the option --sample-index, or the setting, or NULL for its default. */
const char *value_type_name(const struct session *session, const struct arguments *arguments);
