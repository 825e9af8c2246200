#pragma once

#include <stdint.h>

#include "base/error.h"

/* Names of the cache's files; other files of its folder are left alone. */
#define NAME_CACHE_SUFFIX    ".names1"   /* with NAME_TABLE_VERSION */
#define NAME_CACHE_PREFIX    ".writing-" /* of what is not yet in place */
#define NAME_CACHE_TEMPORARY 32

/*
 * Removes the files that were not used for longest until all together have size_max bytes at most,
 * and what was being written an hour ago. Tables of every version count.
 */
struct error *name_cache_trim(int folder, uint64_t size_max) MUST_CHECK;
