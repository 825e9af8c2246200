#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "jemalloc/mallctl.h"

/* jemalloc's own figures, fresh. All in bytes, if nothing else is said. */

enum statistic {
	STATISTIC_ALLOCATED,
	STATISTIC_ACTIVE,
	STATISTIC_METADATA,
	STATISTIC_RESIDENT,
	STATISTIC_MAPPED,
	STATISTIC_RETAINED,
	STATISTIC_COUNT,
};

struct statistics {
	char *version; /* owned; NULL: unknown */
	bool known[STATISTIC_COUNT];
	uint64_t values[STATISTIC_COUNT];
};

const char *statistic_name(enum statistic statistic); /* of mallctl: "stats.allocated" */

/* ERROR_UNSUPPORTED: built without statistics. */
struct error *statistics_read(struct jemalloc *jemalloc, struct statistics *ret) MUST_CHECK;
void statistics_deinit(struct statistics *statistics);

struct arena_statistics {
	unsigned index;
	uint64_t threads;      /* that allocate from it */
	uint64_t small, large; /* allocated */
	uint64_t active, dirty, muzzy, mapped;
};
ARRAY_DEFINE(arena_statistics_array, struct arena_statistics)

/* Of those that exist, in their order. */
struct error *statistics_read_arenas(struct jemalloc *jemalloc, struct arena_statistics_array *ret)
	MUST_CHECK;

/* A size class, over all arenas. */
struct class_statistics {
	uint64_t size;
	uint64_t count;              /* in use */
	uint64_t requested, freed;   /* so far, in allocations */
	uint64_t slabs, slab_places; /* small ones only: how many, and how many fit into one */
};
ARRAY_DEFINE(class_statistics_array, struct class_statistics)

/* Of those that were ever asked for, by size. */
struct error *statistics_read_classes(struct jemalloc *jemalloc, struct class_statistics_array *ret)
	MUST_CHECK;
