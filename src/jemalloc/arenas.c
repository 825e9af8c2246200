#include "jemalloc/arenas.h"

#include <stdio.h>

#include "base/array.h"
#include "jemalloc/mallctl_pattern.h"

#define ARENAS_ALL 4096 /* MALLCTL_ARENAS_ALL */

struct error *arenas_find_sum(struct jemalloc *jemalloc, unsigned *ret)
{
	struct mallctl_reading readings[] = {
		{"arena.4096.dss", MALLCTL_STRING, 0, {0}},
		{"arenas.narenas", MALLCTL_UNSIGNED, 0, {0}},
	};
	struct error *error = mallctl_read_all(jemalloc, readings, ARRAY_SIZE(readings));

	if (error)
		return error;
	*ret = readings[0].result ? (unsigned)readings[1].value.number : ARENAS_ALL;
	mallctl_readings_deinit(readings, ARRAY_SIZE(readings));
	return NULL;
}

struct error *arenas_purge(struct jemalloc *jemalloc)
{
	const struct mallctl_value order = {.type = MALLCTL_NONE};
	char name[MALLCTL_NAME_SIZE];
	unsigned sum;
	struct error *error = arenas_find_sum(jemalloc, &sum);

	if (error)
		return error;
	snprintf(name, sizeof(name), "arena.%u.purge", sum);
	return mallctl_write(jemalloc, name, &order);
}
