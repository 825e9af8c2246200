#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/error.h"

/* RFC 1952. The same bytes always give the same file: it holds no name and no time. */
struct error *gzip_compress(const void *bytes, size_t length, struct u8_array *ret) MUST_CHECK;

bool gzip_recognize(const void *bytes, size_t length);

/*
 * Inflates one or more gzip members. ERROR_MALFORMED: damaged, truncated, or more than limit bytes
 * would come out.
 */
struct error *gzip_decompress(const void *bytes, size_t length, size_t limit, struct u8_array *ret)
	MUST_CHECK;
