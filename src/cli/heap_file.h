#pragma once

#include "base/array.h"
#include "base/error.h"
#include "profile/profile.h"
#include "session/session.h"

/*
 * Names the addresses of a profile made from the heap dump in the bytes, from the files of its
 * mappings. A dump has no build ids: a file here is known to be the one that was mapped only by its
 * device and inode. A remark tells which others were used, and one what the dump's name tells.
 */
struct error *heap_file_name_addresses(const struct session *session, const char *path,
	const struct u8_array *bytes, struct profile *profile) MUST_CHECK;

/* " of process 7, its dump 0, at exit", as far as the name tells. To be freed by the caller. */
struct error *heap_file_describe(const char *path, char **ret) MUST_CHECK;
