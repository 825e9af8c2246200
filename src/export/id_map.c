#include "export/id_map.h"

#include <inttypes.h>

void id_map_deinit(struct id_map *map)
{
	u32_array_deinit(&map->targets);
	intern_table_deinit(&map->ids);
}

static bool is_dense(const struct id_map *map)
{
	return !map->ids.entries.count;
}

static struct error *intern_id(struct id_map *map, uint64_t id, uint32_t *ret)
{
	return intern(&map->ids, &id, sizeof(id), ret);
}

/* The ids so far were 1, 2, 3, ... and the next is not. */
static struct error *make_sparse(struct id_map *map)
{
	struct error *error = NULL;

	for (uint64_t id = 1; !error && id <= map->targets.count; id++) {
		uint32_t index;

		error = intern_id(map, id, &index);
	}
	return error;
}

struct error *id_map_add(struct id_map *map, uint64_t id, uint32_t target)
{
	struct error *error = NULL;
	uint32_t index = (uint32_t)map->targets.count;

	if (id == 0)
		return error_create(ERROR_MALFORMED, "id 0");
	if (is_dense(map) && id != map->targets.count + 1)
		error = make_sparse(map);
	if (!error && (!is_dense(map) || id != map->targets.count + 1))
		error = intern_id(map, id, &index);
	if (error)
		return error;
	if (index != map->targets.count)
		return error_create(ERROR_MALFORMED, "id %" PRIu64 " is there already", id);
	return u32_array_append(&map->targets, target);
}

bool id_map_find(const struct id_map *map, uint64_t id, uint32_t *ret)
{
	uint32_t index = (uint32_t)(id - 1);

	if (is_dense(map) ? id - 1 >= map->targets.count
			  : !intern_find(&map->ids, &id, sizeof(id), &index))
		return false;
	*ret = map->targets.items[index];
	return true;
}
