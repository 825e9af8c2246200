#include "cli/debug_package.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/file.h"

#define LISTS_MAX     20000
#define BYTES_MAX     (64UL * 1024 * 1024)
#define MERGED_FOLDER "/usr"

static const char suffix[] = ".list";

/* Those that do not end in -dbgsym (https://wiki.debian.org/AutomaticDebugPackages). */
static const struct {
	const char *package, *debug;
} exceptions[] = {
	{"libc6", "libc6-dbg"},
	{"libc6-i386", "libc6-dbg"},
};

static bool is_line(struct cursor line, const char *path)
{
	size_t length = strlen(path);

	return cursor_left(&line) == length && memcmp(line.at, path, length) == 0;
}

/* /lib is a link to /usr/lib, but packages may still say /lib. */
static const char *without_merged_folder(const char *path)
{
	size_t length = strlen(MERGED_FOLDER);

	return strncmp(path, MERGED_FOLDER "/", length + 1) == 0 ? path + length : path;
}

bool package_list_has(struct cursor list, const char *path)
{
	const char *other = without_merged_folder(path);
	struct cursor line;

	while (cursor_take_line(&list, &line))
		if (is_line(line, path) || is_line(line, other))
			return true;
	return false;
}

/* "libc6:amd64.list" is of libc6. */
static struct error *name_debug_package(const char *list, char **ret)
{
	const char *dot = strrchr(list, '.'), *colon = strchr(list, ':');
	CLEANUP(cleanup_free)
	char *package = strndup(list, (size_t)((colon ? colon : dot) - list));

	if (!package)
		return &error_no_memory;
	for (size_t i = 0; i < ARRAY_SIZE(exceptions); i++) {
		if (strcmp(package, exceptions[i].package) != 0)
			continue;
		*ret = strdup(exceptions[i].debug);
		return *ret ? NULL : &error_no_memory;
	}
	if (asprintf(ret, "%s-dbgsym", package) < 0) {
		*ret = NULL;
		return &error_no_memory;
	}
	return NULL;
}

static bool is_list(const char *name)
{
	size_t length = strlen(name), end = strlen(suffix);

	return length > end && strcmp(name + length - end, suffix) == 0;
}

/* What cannot be read is passed over. */
static struct error *read_list(
	const char *folder, const char *name, size_t limit, struct u8_array *ret)
{
	CLEANUP(cleanup_free) char *path = NULL;
	struct error *error;

	ret->count = 0;
	if (asprintf(&path, "%s/%s", folder, name) < 0) {
		path = NULL;
		return &error_no_memory;
	}
	error = file_read(path, limit, ret);
	if (error && error->kind != ERROR_NO_MEMORY) {
		error_destroy(error);
		error = NULL;
	}
	return error;
}

static void close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

struct error *debug_package_find(const char *folder, const char *path, char **ret)
{
	CLEANUP(close_folder) DIR *open = opendir(folder);
	size_t left = BYTES_MAX;
	struct error *error = NULL;
	const struct dirent *entry;

	*ret = NULL;
	for (int i = 0; open && i < LISTS_MAX && left && (entry = readdir(open)); i++) {
		CLEANUP(u8_array_deinit) struct u8_array list = {0};

		if (!is_list(entry->d_name))
			continue;
		error = read_list(folder, entry->d_name, left, &list);
		if (error)
			break;
		if (package_list_has(cursor_over(list.items, list.count), path))
			return name_debug_package(entry->d_name, ret);
		left -= list.count < left ? list.count : left;
	}
	return error;
}
