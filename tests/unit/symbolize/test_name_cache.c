#include "../base/test_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "symbolize/name_cache.h"

#define LARGE  (64 << 20)
#define NOBODY 65534

/* Its table is 0a.names1, and so on. */
static const uint8_t ids[] = {0x0a, 0x0b, 0x0c, 0x0d};
static const struct dwarf_frame frame = {NULL, "function", "file.c", 12, 10};

static struct name_cache *open_cache(uint64_t size_max)
{
	struct name_cache *cache;

	assert_success(name_cache_open("./cache", size_max, &cache));
	return cache;
}

/* One address. */
static struct error *put(struct name_cache *cache, uint8_t id, uint64_t address)
{
	CLEANUP(cleanup_name_builder) struct name_builder *builder = NULL;
	struct error *error = name_builder_create(name_cache_table_size_max(cache), &builder);

	if (!error)
		error = name_builder_add(builder, address, address + 1, &frame, 1);
	return error ? error : name_cache_save(cache, &id, 1, builder);
}

/* Whether the cache knows the address; then its frame is the right one. */
static bool has(const struct name_cache *cache, uint8_t id, uint64_t address)
{
	CLEANUP(cleanup_name_table) struct name_table *table = NULL;
	CLEANUP(name_frames_deinit) struct name_frames frames = {0};
	bool known;

	assert_success(name_cache_load(cache, &id, 1, &table));
	if (!table)
		return false;
	assert_success(name_table_find(table, address, &frames, &known));
	if (!known)
		return false;
	assert_int_equal(frames.count, 1);
	assert_string_equal(frames.items[0].name, "function");
	assert_int_equal(frames.items[0].line, 12);
	return true;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void what_is_saved_is_there_the_next_time(void **state)
{
	struct name_cache *cache = open_cache(LARGE);
	struct stat status;

	(void)state;
	assert_false(has(cache, ids[0], 1));
	assert_success(put(cache, ids[0], 1));
	name_cache_close(cache);
	cache = open_cache(LARGE);
	assert_true(has(cache, ids[0], 1));
	assert_false(has(cache, ids[0], 2));
	assert_false(has(cache, ids[1], 1));
	assert_success(put(cache, ids[0], 2));
	assert_true(has(cache, ids[0], 1));
	assert_true(has(cache, ids[0], 2));
	name_cache_close(cache);
	assert_int_equal(stat("cache", &status), 0);
	assert_int_equal(status.st_mode, S_IFDIR | 0700);
	assert_int_equal(stat("cache/0a.names1", &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0600);
}

static void a_file_without_a_build_id_is_not_kept(void **state)
{
	CLEANUP(cleanup_name_cache) struct name_cache *cache = open_cache(LARGE);
	CLEANUP(cleanup_name_builder) struct name_builder *builder = NULL;
	CLEANUP(cleanup_name_table) struct name_table *table = NULL;
	uint8_t long_id[NAME_TABLE_BUILD_ID + 1] = {1};

	(void)state;
	assert_success(name_builder_create(1000, &builder));
	assert_success(name_builder_add(builder, 1, 2, &frame, 1));
	assert_success(name_cache_save(cache, NULL, 0, builder));
	assert_success(name_cache_save(cache, long_id, sizeof(long_id), builder));
	assert_false(exists("cache"));
	assert_success(name_cache_load(cache, NULL, 0, &table));
	assert_null(table);
}

/* Sets when a table was last used, in seconds since 1970. */
static void set_used(const char *path, time_t time)
{
	const struct timespec times[] = {{.tv_sec = time}, {.tv_sec = time}};

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void what_was_not_used_for_longest_goes_first(void **state)
{
	CLEANUP(cleanup_name_cache) struct name_cache *cache = open_cache(LARGE);
	CLEANUP(cleanup_name_cache) struct name_cache *small = NULL;
	struct stat status;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_success(put(cache, ids[i], 0));
	assert_int_equal(stat("cache/0a.names1", &status), 0);
	set_used("cache/0a.names1", 1000);
	set_used("cache/0b.names1", 2000);
	set_used("cache/0c.names1", 4000);
	set_used("cache/0d.names1", 3000);
	assert_true(has(cache, ids[0], 0)); /* used now */
	/* Four of them fit, not five. */
	small = open_cache(4 * (uint64_t)status.st_size);
	assert_success(put(small, 0x10, 0));
	assert_true(exists("cache/0a.names1"));
	assert_false(exists("cache/0b.names1"));
	assert_true(exists("cache/0c.names1"));
	assert_true(exists("cache/0d.names1"));
	assert_true(exists("cache/10.names1"));
}

static void other_versions_count_and_other_files_do_not(void **state)
{
	CLEANUP(cleanup_name_cache) struct name_cache *cache = open_cache(1000);

	(void)state;
	assert_int_equal(mkdir("cache", 0700), 0);
	assert_success(file_write("cache/notes", (char[1000]){0}, 1000, 0600));
	assert_success(file_write("cache/00.names0", (char[500]){0}, 500, 0600));
	set_used("cache/00.names0", 500);
	assert_success(put(cache, ids[0], 0));
	assert_true(exists("cache/00.names0"));
	assert_success(put(cache, ids[1], 0));
	assert_success(put(cache, ids[2], 0));
	assert_success(put(cache, ids[3], 0));
	assert_false(exists("cache/00.names0"));
	assert_true(exists("cache/notes"));
}

static void a_table_has_a_quarter_of_the_whole_at_most(void **state)
{
	CLEANUP(cleanup_name_cache) struct name_cache *cache = open_cache(LARGE);
	CLEANUP(cleanup_name_cache) struct name_cache *small = NULL;
	struct stat status;

	(void)state;
	assert_success(put(cache, ids[0], 0));
	assert_int_equal(stat("cache/0a.names1", &status), 0);
	small = open_cache(4 * (uint64_t)status.st_size);
	assert_true(has(small, ids[0], 0));
	assert_success(put(small, ids[0], 1));
	assert_true(has(small, ids[0], 1));
	assert_false(has(small, ids[0], 0));
	name_cache_close(small);
	small = open_cache(4 * (uint64_t)status.st_size - 1);
	assert_false(has(small, ids[0], 1));
}

static void what_killed_writers_leave_is_removed(void **state)
{
	CLEANUP(cleanup_name_cache) struct name_cache *cache = open_cache(LARGE);

	(void)state;
	assert_int_equal(mkdir("cache", 0700), 0);
	assert_success(file_write("cache/.writing-old", "half", 4, 0600));
	assert_success(file_write("cache/.writing-new", "half", 4, 0600));
	set_used("cache/.writing-old", time(NULL) - 3700);
	assert_success(put(cache, ids[0], 0));
	assert_false(exists("cache/.writing-old"));
	assert_true(exists("cache/.writing-new"));
}

static void a_damaged_table_is_ignored_and_replaced(void **state)
{
	CLEANUP(cleanup_name_cache) struct name_cache *cache = open_cache(LARGE);
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	(void)state;
	assert_success(put(cache, ids[0], 1));
	assert_success(file_read("cache/0a.names1", LARGE, &bytes));
	bytes.items[bytes.count - 10] ^= 1;
	assert_success(file_write("cache/0a.names1", bytes.items, bytes.count, 0600));
	assert_false(has(cache, ids[0], 1));
	assert_success(put(cache, ids[0], 2));
	assert_true(has(cache, ids[0], 2));
	assert_false(has(cache, ids[0], 1));
	/* Half of one, one of another binary, and an empty one. */
	assert_success(file_write("cache/0b.names1", bytes.items, bytes.count / 2, 0600));
	assert_false(has(cache, ids[1], 1));
	assert_int_equal(rename("cache/0a.names1", "cache/0b.names1"), 0);
	assert_false(has(cache, ids[1], 2));
	assert_success(file_write("cache/0b.names1", "", 0, 0600));
	assert_false(has(cache, ids[1], 2));
}

static void what_is_no_file_of_the_users_is_not_read(void **state)
{
	CLEANUP(cleanup_name_cache) struct name_cache *cache = open_cache(LARGE);

	(void)state;
	assert_success(put(cache, ids[0], 1));
	assert_int_equal(rename("cache/0a.names1", "elsewhere"), 0);
	assert_int_equal(symlink("../elsewhere", "cache/0a.names1"), 0);
	assert_false(has(cache, ids[0], 1));
	/* The link is replaced, not what it points to. */
	assert_success(put(cache, ids[0], 2));
	assert_true(has(cache, ids[0], 2));
	assert_int_equal(rename("elsewhere", "cache/0a.names1"), 0);
	assert_true(has(cache, ids[0], 1));
	assert_int_equal(chmod("cache/0a.names1", 0666), 0);
	assert_false(has(cache, ids[0], 1));
	assert_int_equal(unlink("cache/0a.names1"), 0);
	assert_int_equal(mkfifo("cache/0a.names1", 0600), 0);
	assert_false(has(cache, ids[0], 1));
	assert_int_equal(unlink("cache/0a.names1"), 0);
	assert_int_equal(mkdir("cache/0a.names1", 0700), 0);
	assert_false(has(cache, ids[0], 1));
}

static void assert_denied(const char *path)
{
	struct name_cache *cache;
	struct error *error = name_cache_open(path, LARGE, &cache);

	assert_non_null(error);
	assert_int_equal(error->kind, ERROR_DENIED);
	error_destroy(error);
}

static void a_folder_that_others_may_change_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir("cache", 0700), 0);
	assert_int_equal(chmod("cache", 0720), 0);
	assert_denied("./cache");
	assert_int_equal(chmod("cache", 0702), 0);
	assert_denied("./cache");
	assert_int_equal(chmod("cache", 0755), 0);
	name_cache_close(open_cache(LARGE));
	assert_int_equal(symlink("cache", "link"), 0);
	assert_denied("./link");
	assert_success(file_write("file", "", 0, 0600));
	assert_denied("./file");
}

static void assert_none_is_made(const char *path)
{
	CLEANUP(cleanup_name_cache) struct name_cache *cache = NULL;

	assert_success(name_cache_open(path, LARGE, &cache));
	struct error *error = put(cache, ids[0], 1);
	assert_non_null(error);
	assert_int_equal(error->kind, ERROR_DENIED);
	error_destroy(error);
}

static void a_folder_of_somebody_else_is_refused(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir("cache", 0700), 0);
	assert_int_equal(chown("cache", NOBODY, NOBODY), 0);
	assert_denied("./cache");
	/* And none is made there, nor one to make it in: a home with no ~/.cache yet. */
	assert_none_is_made("./cache/limpet");
	assert_false(exists("cache/limpet"));
	assert_none_is_made("./cache/.cache/limpet");
	assert_false(exists("cache/.cache"));
}

static void missing_folders_are_made(void **state)
{
	char working[4096];
	CLEANUP(cleanup_free) char *path = NULL;
	CLEANUP(cleanup_name_cache) struct name_cache *cache = NULL;
	struct error *error;

	(void)state;
	assert_non_null(getcwd(working, sizeof(working)));
	assert_int_equal(unsetenv("XDG_CACHE_HOME"), 0);
	assert_int_equal(setenv("HOME", working, 1), 0);
	assert_success(name_cache_path(&path));
	assert_success(name_cache_open(path, LARGE, &cache));
	assert_false(exists(".cache"));
	assert_success(put(cache, ids[0], 1));
	assert_true(exists(".cache/limpet/0a.names1"));
	free(path);
	assert_int_equal(setenv("XDG_CACHE_HOME", "/xdg", 1), 0);
	assert_success(name_cache_path(&path));
	assert_string_equal(path, "/xdg/limpet");
	free(path);
	path = NULL;
	assert_int_equal(setenv("XDG_CACHE_HOME", "relative", 1), 0);
	assert_int_equal(unsetenv("HOME"), 0);
	error = name_cache_path(&path);
	assert_error(error, ERROR_NOT_FOUND, "HOME is not set", NULL);
}

/* Adds addresses of its own, each time with the others' at work. */
static int write_often(unsigned writer)
{
	CLEANUP(cleanup_name_cache) struct name_cache *cache = open_cache(LARGE);

	for (uint64_t i = 0; i < 50; i++) {
		struct error *error = put(cache, ids[0], 1000 * writer + i);

		if (error)
			return 1;
		/* It is a whole one, or the load would find none. */
		CLEANUP(cleanup_name_table) struct name_table *table = NULL;
		error = name_cache_load(cache, &ids[0], 1, &table);
		if (error || !table)
			return 2;
	}
	return 0;
}

static void several_write_at_once(void **state)
{
	pid_t children[4];
	size_t known = 0;

	(void)state;
	name_cache_close(open_cache(LARGE));
	for (unsigned i = 0; i < 4; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0)
			_exit(write_often(i));
	}
	for (unsigned i = 0; i < 4; i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	CLEANUP(cleanup_name_cache) struct name_cache *cache = open_cache(LARGE);
	for (uint64_t address = 0; address < 4000; address++)
		known += has(cache, ids[0], address);
	/* Who is overtaken loses what it added. */
	assert_in_range(known, 1, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIRECTORY(what_is_saved_is_there_the_next_time),
		TEST_IN_DIRECTORY(a_file_without_a_build_id_is_not_kept),
		TEST_IN_DIRECTORY(what_was_not_used_for_longest_goes_first),
		TEST_IN_DIRECTORY(other_versions_count_and_other_files_do_not),
		TEST_IN_DIRECTORY(a_table_has_a_quarter_of_the_whole_at_most),
		TEST_IN_DIRECTORY(what_killed_writers_leave_is_removed),
		TEST_IN_DIRECTORY(a_damaged_table_is_ignored_and_replaced),
		TEST_IN_DIRECTORY(what_is_no_file_of_the_users_is_not_read),
		TEST_IN_DIRECTORY(a_folder_that_others_may_change_is_refused),
		TEST_IN_DIRECTORY(a_folder_of_somebody_else_is_refused),
		TEST_IN_DIRECTORY(missing_folders_are_made),
		TEST_IN_DIRECTORY(several_write_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
