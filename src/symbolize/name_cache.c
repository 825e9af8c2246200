#include "symbolize/name_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/random.h"
#include "symbolize/name_cache_internal.h"

#define TABLE_SHARE 4 /* of the whole that one table may have */
#define NAME_SIZE   (2 * NAME_TABLE_BUILD_ID + sizeof(NAME_CACHE_SUFFIX))

struct name_cache {
	char *path;
	int folder; /* -1: there is none yet */
	uint64_t size_max;
};

struct error *name_cache_path(char **ret)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	char *path;
	int length;

	if (cache && cache[0] == '/')
		length = asprintf(&path, "%s/limpet", cache);
	else if (home && home[0] == '/')
		length = asprintf(&path, "%s/.cache/limpet", home);
	else
		return error_create(ERROR_NOT_FOUND, "HOME is not set");
	if (length < 0)
		return &error_no_memory;
	*ret = path;
	return NULL;
}

/* "DIR" of "DIR/NAME"; NULL if it has none, or there is no memory. To be freed. */
static char *folder_above(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : NULL;
}

/* HOME may be that of another user, who could not use what is made there. */
static struct error *make_in_own_folder(const char *path)
{
	CLEANUP(cleanup_free) char *above = folder_above(path);
	struct stat status;

	if (!above)
		return error_create(ERROR_DENIED, "'%s' is in no folder of yours", path);
	if (stat(above, &status) < 0)
		return error_from_errno(errno, "cannot make '%s'", path);
	if (status.st_uid != geteuid())
		return error_create(
			ERROR_DENIED, "'%s' is somebody else's: '%s' is not made", above, path);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return error_from_errno(errno, "cannot make '%s'", path);
	return NULL;
}

/* The one above may be missing, too: ~/.cache. */
static struct error *make_folder(const char *path)
{
	CLEANUP(cleanup_free) char *above = folder_above(path);
	struct error *error = NULL;

	if (above && access(above, F_OK) < 0)
		error = make_in_own_folder(above);
	return error ? error : make_in_own_folder(path);
}

static struct error *check_folder(int folder, const char *path)
{
	struct stat status;

	if (fstat(folder, &status) < 0)
		return error_from_errno(errno, "cannot look at '%s'", path);
	if (status.st_uid != geteuid())
		return error_create(ERROR_DENIED, "'%s' is somebody else's", path);
	if (status.st_mode & (S_IWGRP | S_IWOTH))
		return error_set_hint(
			error_create(ERROR_DENIED, "'%s' is writable by others", path),
			"chmod 700 %s", path);
	return NULL;
}

/* *ret is -1 if there is none. */
static struct error *open_folder(const char *path, int *ret)
{
	CLEANUP(cleanup_close)
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct error *error;

	*ret = -1;
	if (folder < 0 && errno == ENOENT)
		return NULL;
	if (folder < 0 && (errno == ELOOP || errno == ENOTDIR))
		return error_create(ERROR_DENIED, "'%s' is no folder", path);
	if (folder < 0)
		return error_from_errno(errno, "cannot open '%s'", path);
	error = check_folder(folder, path);
	if (!error)
		*ret = TAKE_FD(folder);
	return error;
}

static struct error *need_folder(struct name_cache *cache)
{
	struct error *error = NULL;

	if (cache->folder < 0)
		error = make_folder(cache->path);
	if (!error && cache->folder < 0)
		error = open_folder(cache->path, &cache->folder);
	if (!error && cache->folder < 0)
		error = error_create(ERROR_GONE, "'%s' is gone", cache->path);
	return error;
}

struct error *name_cache_open(const char *path, uint64_t size_max, struct name_cache **ret)
{
	CLEANUP(cleanup_close) int folder = -1;
	struct name_cache *cache;
	struct error *error = open_folder(path, &folder);

	if (error)
		return error;
	cache = malloc(sizeof(*cache));
	if (!cache)
		return &error_no_memory;
	*cache = (struct name_cache){.path = strdup(path), .folder = -1, .size_max = size_max};
	if (!cache->path) {
		name_cache_close(cache);
		return &error_no_memory;
	}
	cache->folder = TAKE_FD(folder);
	*ret = cache;
	return NULL;
}

void name_cache_close(struct name_cache *cache)
{
	if (!cache)
		return;
	if (cache->folder >= 0)
		close(cache->folder);
	free(cache->path);
	free(cache);
}

void cleanup_name_cache(struct name_cache **cache)
{
	name_cache_close(*cache);
}

static uint64_t size_of_user;

void name_cache_set_size(uint64_t size_max)
{
	size_of_user = size_max;
}

struct error *name_cache_of_user(struct name_cache **ret)
{
	CLEANUP(cleanup_free) char *path = NULL;
	struct error *error;

	*ret = NULL;
	if (!size_of_user)
		return NULL;
	error = name_cache_path(&path);
	if (!error)
		error = name_cache_open(path, size_of_user, ret);
	if (error && error->kind == ERROR_NO_MEMORY)
		return error;
	error_destroy(error);
	return NULL;
}

size_t name_cache_table_size_max(const struct name_cache *cache)
{
	return cache->size_max / TABLE_SHARE;
}

/* false: no build id, or too long a one. */
static bool name_of(const uint8_t *build_id, size_t length, char ret[static NAME_SIZE])
{
	if (!length || length > NAME_TABLE_BUILD_ID)
		return false;
	for (size_t i = 0; i < length; i++)
		snprintf(ret + 2 * i, 3, "%02x", build_id[i]);
	snprintf(ret + 2 * length, NAME_SIZE - 2 * length, "%s", NAME_CACHE_SUFFIX);
	return true;
}

/* -1: not there, or not to be used. */
static int open_table(const struct name_cache *cache, const char *name, off_t *ret_size)
{
	CLEANUP(cleanup_close)
	int fd = openat(cache->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
		status.st_uid != geteuid() || status.st_mode & (S_IWGRP | S_IWOTH) ||
		status.st_size > (off_t)name_cache_table_size_max(cache))
		return -1;
	*ret_size = status.st_size;
	return TAKE_FD(fd);
}

/* Whole, or with as many bytes as could be read: the table's checks find out. */
static struct error *read_table(int fd, off_t size, struct u8_array *ret)
{
	struct error *error = u8_array_reserve(ret, (size_t)size + 1);

	while (!error && ret->count < (size_t)size) {
		ssize_t got = read(fd, ret->items + ret->count, (size_t)size - ret->count);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		ret->count += (size_t)got;
	}
	return error;
}

struct error *name_cache_load(const struct name_cache *cache, const uint8_t *build_id,
	size_t length, struct name_table **ret)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	CLEANUP(cleanup_close) int fd = -1;
	struct error *error;
	char name[NAME_SIZE];
	off_t size;

	*ret = NULL;
	if (cache->folder < 0 || !name_of(build_id, length, name))
		return NULL;
	fd = open_table(cache, name, &size);
	if (fd < 0)
		return NULL;
	error = read_table(fd, size, &bytes);
	if (!error)
		error = name_table_open(&bytes, build_id, length, ret);
	if (!error)
		futimens(fd, NULL);
	return error_unless(error, ERROR_MALFORMED);
}

static int create_temporary(const struct name_cache *cache, char ret[static NAME_CACHE_TEMPORARY])
{
	uint64_t state;

	random_seed(&state);
	snprintf(ret, NAME_CACHE_TEMPORARY, "%s%016llx", NAME_CACHE_PREFIX,
		(unsigned long long)random_next(&state));
	return openat(
		cache->folder, ret, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static struct error *write_table(
	const struct name_cache *cache, const char *name, const struct u8_array *bytes)
{
	char temporary[NAME_CACHE_TEMPORARY];
	CLEANUP(cleanup_close) int fd = create_temporary(cache, temporary);
	struct error *error;

	if (fd < 0)
		return error_from_errno(errno, "cannot write to the cache of names");
	error = write_all(fd, bytes->items, bytes->count);
	if (!error && renameat(cache->folder, temporary, cache->folder, name) < 0)
		error = error_from_errno(errno, "cannot put '%s' in place", name);
	if (error)
		unlinkat(cache->folder, temporary, 0);
	return error;
}

struct error *name_cache_save(struct name_cache *cache, const uint8_t *build_id, size_t length,
	struct name_builder *builder)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	CLEANUP(cleanup_name_table) struct name_table *old = NULL;
	struct error *error;
	char name[NAME_SIZE];

	if (!name_builder_count(builder) || !name_of(build_id, length, name))
		return NULL;
	error = need_folder(cache);
	/* Of now: others may have added to it since it was asked. */
	if (!error)
		error = name_cache_load(cache, build_id, length, &old);
	if (!error)
		error = name_builder_finish(builder, old, build_id, length, &bytes);
	if (!error)
		error = write_table(cache, name, &bytes);
	return error ? error : name_cache_trim(cache->folder, cache->size_max);
}
