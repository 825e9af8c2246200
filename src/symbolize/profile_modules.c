#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "symbolize/symbolize.h"

/* Without waiting, should it be a pipe. */
static struct error *open_regular(const char *path, int *ret_fd)
{
	CLEANUP(cleanup_close) int fd = -1;
	struct stat status;

	if (path[0] != '/')
		return error_create(ERROR_NOT_FOUND, "'%s' is no absolute path", path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return error_from_errno(errno, "cannot open '%s'", path);
	if (fstat(fd, &status) < 0)
		return error_from_errno(errno, "cannot read '%s'", path);
	if (!S_ISREG(status.st_mode))
		return error_create(ERROR_UNSUPPORTED, "'%s' is no regular file", path);
	*ret_fd = TAKE_FD(fd);
	return NULL;
}

static struct error *check_build_id(int fd, const char *path, const char *wanted)
{
	CLEANUP(cleanup_elf_image) struct elf_image *image = NULL;
	char found[ELF_BUILD_ID_TEXT_SIZE];
	struct error *error;
	int copy;

	if (!*wanted)
		return NULL;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		return error_from_errno(errno, "cannot read '%s'", path);
	error = elf_image_open(copy, path, &image);
	if (error)
		return error;
	elf_image_build_id_text(image, found);
	if (strcmp(found, wanted) == 0)
		return NULL;
	return error_create(ERROR_NOT_FOUND,
		"'%s' is not the file of the profile: its build id is %s, not %s", path,
		*found ? found : "missing", wanted);
}

static const char *build_id_of(const struct profile *profile, uint64_t start)
{
	ARRAY_FOR_EACH (mapping, &profile->mappings) {
		if (mapping->start == start)
			return profile_text(profile, mapping->build_id);
	}
	return "";
}

static struct error *open_file(void *context, const struct mapping *mapping, int *ret_fd)
{
	CLEANUP(cleanup_close) int fd = -1;
	struct error *error = open_regular(mapping->path, &fd);

	if (!error)
		error = check_build_id(fd, mapping->path, build_id_of(context, mapping->start));
	if (!error)
		*ret_fd = TAKE_FD(fd);
	return error;
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

struct error *modules_of_profile(const struct profile *profile, struct module_table **ret)
{
	/* Only read, by open_file(). */
	struct module_opener opener = {open_file, (void *)(uintptr_t)profile};
	CLEANUP(mappings_deinit) struct mappings mappings = {0};
	struct module_table *table;
	bool changed;
	struct error *error = mappings_of(profile, &mappings);

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
