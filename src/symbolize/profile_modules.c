#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "symbolize/symbolize.h"

static struct error *open_absolute(const char *path, int *ret_fd)
{
	if (path[0] != '/')
		return error_create(ERROR_NOT_FOUND, "'%s' is no absolute path", path);
	return file_open_regular(NULL, path, ret_fd);
}

static const char *build_id_of(const struct profile *profile, uint64_t start)
{
	ARRAY_FOR_EACH (mapping, &profile->mappings) {
		if (mapping->start == start)
			return profile_text(profile, mapping->build_id);
	}
	return "";
}

static struct error *open_here(const char *path, const char *build_id, int *ret_fd)
{
	CLEANUP(cleanup_close) int fd = -1;
	struct error *error = open_absolute(path, &fd);

	if (!error)
		error = debug_check_build_id(fd, path, build_id);
	if (!error)
		*ret_fd = TAKE_FD(fd);
	return error;
}

static struct error *open_file(void *context, const struct mapping *mapping, int *ret_fd)
{
	const struct profile_files *files = context;
	const char *build_id = build_id_of(files->profile, mapping->start);
	struct error *error, *other;

	if (!debug_search_sysroot(files->search))
		return open_here(mapping->path, build_id, ret_fd);
	error = debug_search_open_below(files->search, mapping->path, build_id, ret_fd);
	if (!error || error->kind == ERROR_NO_MEMORY || !*build_id)
		return error;
	other = open_here(mapping->path, build_id, ret_fd);
	error_destroy(other ? other : error);
	return other ? error : NULL;
}

static struct error *add_mapping(
	const struct profile *profile, const struct profile_mapping *mapping, struct mappings *ret)
{
	struct mapping added = {
		.start = mapping->start,
		.end = mapping->limit,
		.offset = mapping->offset,
		.executable = true,
		.path = strdup(profile_text(profile, mapping->path)),
	};
	struct error *error = &error_no_memory;

	if (added.path)
		error = mapping_items_append(&ret->list, added);
	if (error)
		free(added.path);
	return error;
}

static int compare_starts(const void *a, const void *b)
{
	const struct mapping *first = a, *second = b;

	return (first->start > second->start) - (first->start < second->start);
}

/* A profile may come from anywhere: its mappings may be empty and overlap. */
static void drop_overlapping(struct mappings *mappings)
{
	uint64_t end = 0;
	size_t kept = 0;

	if (mappings->list.count)
		qsort(mappings->list.items, mappings->list.count, sizeof(struct mapping),
			compare_starts);
	ARRAY_FOR_EACH (mapping, &mappings->list) {
		if (mapping->start >= mapping->end || mapping->start < end) {
			free(mapping->path);
			continue;
		}
		end = mapping->end;
		mappings->list.items[kept++] = *mapping;
	}
	mappings->list.count = kept;
}

static struct error *mappings_of(const struct profile *profile, struct mappings *ret)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (mapping, &profile->mappings) {
		if (!error)
			error = add_mapping(profile, mapping, ret);
	}
	drop_overlapping(ret);
	return error;
}

struct error *modules_of_profile(struct profile_files *files, struct module_table **ret)
{
	struct module_opener opener = {open_file, files, files->search};
	CLEANUP(mappings_deinit) struct mappings mappings = {0};
	struct module_table *table;
	bool changed;
	struct error *error = mappings_of(files->profile, &mappings);

	if (!error)
		error = module_table_create(opener, &table);
	if (error)
		return error;
	error = module_table_update(table, &mappings, &changed);
	if (error)
		module_table_destroy(table);
	else
		*ret = table;
	return error;
}
