#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "base/intern.h"

/* From the ids of a file, which may be any numbers but 0, to ours. A zeroed struct is empty. */
struct id_map {
	struct u32_array targets;
	struct intern_table ids; /* empty as long as the ids are 1, 2, 3, ... */
};

void id_map_deinit(struct id_map *map);

/* ERROR_MALFORMED: the id is 0 or there already. */
struct error *id_map_add(struct id_map *map, uint64_t id, uint32_t target) MUST_CHECK;
bool id_map_find(const struct id_map *map, uint64_t id, uint32_t *ret);
