#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/error.h"
#include "profile/profile.h"

/* pprof's own files: proto/profile.proto, gzipped or not. */

/* What one gzipped file may become at most. */
#define PPROF_MAX_SIZE (1024UL * 1024 * 1024)

/*
 * Writes the whole profile. Ids are 1 to N in the order of the tables; strings that are no UTF-8
 * get U+FFFD for their bad bytes. The only error is ERROR_NO_MEMORY.
 */
struct error *pprof_write(const struct profile *profile, struct u8_array *ret) MUST_CHECK;
struct error *pprof_write_uncompressed(const struct profile *profile, struct u8_array *ret)
	MUST_CHECK;

/* Whether the bytes begin like such a file; gzipped ones always do. */
bool pprof_recognize(const void *bytes, size_t length);

/*
 * Reads a file by whichever writer: ids may be any numbers, tables may come in any order. Samples
 * with equal stacks and labels become one. Columns, is_folded and fields not in the .proto are
 * lost; bytes that are no UTF-8 become U+FFFD. ERROR_MALFORMED: empty, truncated, damaged, no pprof
 * profile, or an id that names nothing.
 */
struct error *pprof_read(const void *bytes, size_t length, struct profile **ret) MUST_CHECK;
