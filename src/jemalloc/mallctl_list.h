#pragma once

#include "base/array.h"
#include "jemalloc/mallctl.h"

struct mallctl_listed {
	char *name; /* owned */
	const struct mallctl_name *entry;
	bool is_open; /* a number in it is open: "arena.#.purge"; it has no value */
	int result;   /* mallctl's errno; 0: value is valid, unless it cannot be read */
	struct mallctl_value value;
};
ARRAY_DEFINE(mallctl_list, struct mallctl_listed)

/*
 * All names that begin so, but those that limpet never calls, and what they are now; those that
 * this jemalloc does not know are left out. Names with a number are listed once, with the number
 * open, unless begun says it: "stats.arenas.0" lists all of that arena, each size class as well.
 */
struct error *mallctl_list_read(
	struct jemalloc *jemalloc, const char *begun, struct mallctl_list *ret) MUST_CHECK;
void mallctl_list_free(struct mallctl_list *list);
