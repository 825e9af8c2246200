#include "symbolize/cached_names.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/cleanup.h"

/* The addresses that the cache does not know, and their places among all. */
struct missing {
	struct u64_array addresses;
	struct u32_array indexes;
	bool *visited;
	bool any_visited;
	struct name_builder *builder;
	struct dwarf_visitor visitor;
};

static void missing_deinit(struct missing *missing)
{
	u64_array_deinit(&missing->addresses);
	u32_array_deinit(&missing->indexes);
	free(missing->visited);
	name_builder_destroy(missing->builder);
}

static struct error *add_missing(struct missing *missing, uint64_t address, size_t index)
{
	struct error *error = u64_array_append(&missing->addresses, address);

	return error ? error : u32_array_append(&missing->indexes, (uint32_t)index);
}

static struct error *visit_known(const struct name_table *table, const uint64_t *addresses,
	size_t count, struct missing *missing)
{
	CLEANUP(name_frames_deinit) struct name_frames frames = {0};
	struct dwarf_visitor visitor = missing->visitor;
	struct error *error = NULL;

	for (size_t i = 0; !error && i < count; i++) {
		bool known = false;

		if (table)
			error = name_table_find(table, addresses[i], &frames, &known);
		if (!error && !known)
			error = add_missing(missing, addresses[i], i);
		else if (!error && frames.count)
			error = visitor.visit(visitor.context, i, frames.items, frames.count);
	}
	return error;
}

static struct error *visit_found(
	void *context, size_t index, const struct dwarf_frame *frames, size_t count)
{
	struct missing *missing = context;
	uint64_t address = missing->addresses.items[index];
	struct error *error =
		name_builder_add(missing->builder, address, address + 1, frames, count);

	missing->visited[index] = missing->any_visited = true;
	return error ? error
		     : missing->visitor.visit(missing->visitor.context,
			       missing->indexes.items[index], frames, count);
}

static struct error *note_unvisited(struct missing *missing)
{
	struct error *error = NULL;

	for (size_t i = 0; !error && i < missing->addresses.count; i++) {
		uint64_t address = missing->addresses.items[i];

		if (!missing->visited[i])
			error = name_builder_add(missing->builder, address, address + 1, NULL, 0);
	}
	return error;
}

static struct error *find_missing(struct missing *missing, struct name_finder finder,
	size_t table_size_max, bool *ret_complete)
{
	size_t count = missing->addresses.count;
	struct error *error = name_builder_create(table_size_max, &missing->builder);

	missing->visited = calloc(count, sizeof(*missing->visited));
	if (!error && !missing->visited)
		error = &error_no_memory;
	if (!error)
		error = finder.find(finder.context, missing->addresses.items, count,
			(struct dwarf_visitor){visit_found, missing}, ret_complete);
	return error || !missing->any_visited ? error : note_unvisited(missing);
}

struct error *cached_names_find(struct name_cache *cache, const uint8_t *build_id, size_t length,
	const uint64_t *addresses, size_t count, struct name_finder finder,
	struct dwarf_visitor visitor)
{
	CLEANUP(cleanup_name_table) struct name_table *table = NULL;
	CLEANUP(missing_deinit) struct missing missing = {.visitor = visitor};
	bool complete = false;
	struct error *error;

	if (!cache || !length || count > UINT32_MAX)
		return finder.find(finder.context, addresses, count, visitor, &complete);
	error = name_cache_load(cache, build_id, length, &table);
	if (!error)
		error = visit_known(table, addresses, count, &missing);
	if (error || !missing.addresses.count)
		return error;
	error = find_missing(&missing, finder, name_cache_table_size_max(cache), &complete);
	if (error || !complete || !missing.any_visited)
		return error;
	/* A full disk, say, is no reason to do without what was found. */
	error_destroy(name_cache_save(cache, build_id, length, missing.builder));
	return NULL;
}
