#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "symbolize/name_cache_internal.h"

#define ABANDONED_AFTER 3600 /* seconds */

struct cached_file {
	char *name;
	struct timespec used;
	uint64_t size;
};
ARRAY_DEFINE(cached_files, struct cached_file)

static void free_files(struct cached_files *files)
{
	ARRAY_FOR_EACH (file, files)
		free(file->name);
	cached_files_deinit(files);
}

/* HEX.namesN */
static bool is_table(const char *name)
{
	size_t digits = strspn(name, "0123456789abcdef");
	const char *rest = name + digits;
	size_t stem = strlen(".names");

	return digits && strncmp(rest, NAME_CACHE_SUFFIX, stem) == 0 && rest[stem] &&
	       !rest[stem + strspn(rest + stem, "0123456789")];
}

static bool is_temporary(const char *name)
{
	return strncmp(name, NAME_CACHE_PREFIX, strlen(NAME_CACHE_PREFIX)) == 0;
}

/* What another process removed meanwhile is gone. */
static struct error *look_at(int folder, const char *name, struct cached_files *files)
{
	struct cached_file file = {0};
	struct stat status;
	struct error *error;

	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return NULL;
	if (is_temporary(name)) {
		if (time(NULL) - status.st_mtime > ABANDONED_AFTER)
			unlinkat(folder, name, 0);
		return NULL;
	}
	file.name = strdup(name);
	if (!file.name)
		return &error_no_memory;
	file.used = status.st_mtim;
	file.size = (uint64_t)status.st_size;
	error = cached_files_append(files, file);
	if (error)
		free(file.name);
	return error;
}

static struct error *list_files(int folder, struct cached_files *ret)
{
	int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = again < 0 ? NULL : fdopendir(again);
	struct error *error = NULL;
	struct dirent *entry;

	if (!directory) {
		error = error_from_errno(errno, "cannot list the cache of names");
		if (again >= 0)
			close(again);
		return error;
	}
	while (!error && (entry = readdir(directory)))
		if (is_table(entry->d_name) || is_temporary(entry->d_name))
			error = look_at(folder, entry->d_name, ret);
	closedir(directory);
	return error;
}

/* Those used last come first. */
static int compare_files(const void *a, const void *b)
{
	const struct cached_file *first = a, *second = b;

	if (first->used.tv_sec != second->used.tv_sec)
		return first->used.tv_sec > second->used.tv_sec ? -1 : 1;
	return (first->used.tv_nsec < second->used.tv_nsec) -
	       (first->used.tv_nsec > second->used.tv_nsec);
}

struct error *name_cache_trim(int folder, uint64_t size_max)
{
	struct cached_files files = {0};
	struct error *error = list_files(folder, &files);
	uint64_t left = size_max;

	if (!error && files.count)
		qsort(files.items, files.count, sizeof(files.items[0]), compare_files);
	ARRAY_FOR_EACH (file, &files) {
		if (error)
			break;
		bool fits = file->size <= left;
		left = fits ? left - file->size : 0;
		if (!fits)
			unlinkat(folder, file->name, 0);
	}
	free_files(&files);
	return error;
}
