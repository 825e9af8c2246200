#pragma once

#include "base/error.h"
#include "jemalloc/mallctl.h"

/* The index that stands for all arenas: 4096 since jemalloc 5.0, before that their number. */
struct error *arenas_find_sum(struct jemalloc *jemalloc, unsigned *ret) MUST_CHECK;

/* Has jemalloc give all its free pages back to the kernel; takes time in proportion to them. */
struct error *arenas_purge(struct jemalloc *jemalloc) MUST_CHECK;
