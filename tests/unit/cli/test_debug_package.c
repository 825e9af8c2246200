#include "../base/test_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/debug_package.h"

static void write_list(const char *folder, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void remove_list(const char *folder, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
}

static void assert_package(const char *folder, const char *path, const char *expected)
{
	CLEANUP(cleanup_free) char *package = NULL;

	assert_success(debug_package_find(folder, path, &package));
	if (expected)
		assert_string_equal(package, expected);
	else
		assert_null(package);
}

static void lines_are_whole_paths(void **state)
{
	static const char list[] = "/.\n/usr\n/usr/lib/liba.so.1\n/lib/libb.so.2";

	(void)state;
	assert_true(package_list_has(cursor_over(list, strlen(list)), "/usr/lib/liba.so.1"));
	assert_true(package_list_has(cursor_over(list, strlen(list)), "/usr/lib/libb.so.2"));
	assert_true(package_list_has(cursor_over(list, strlen(list)), "/lib/libb.so.2"));
	assert_false(package_list_has(cursor_over(list, strlen(list)), "/usr/lib/liba.so"));
	assert_false(package_list_has(cursor_over(list, strlen(list)), "/usr/lib/libc.so"));
	assert_false(package_list_has(cursor_over("", 0), "/usr/lib/liba.so.1"));
}

static void the_owner_of_a_file_is_found(void **state)
{
	char folder[] = "/tmp/limpet-test-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(folder));
	write_list(folder, "libc6:amd64.list", "/lib/libc.so.6\n");
	write_list(folder, "redis.tools.list", "/usr/bin/redis-server\n/usr/bin/x\n");
	write_list(folder, "other.conffiles", "/usr/bin/y\n");
	assert_package(folder, "/usr/lib/libc.so.6", "libc6-dbg");
	assert_package(folder, "/usr/bin/redis-server", "redis.tools-dbgsym");
	assert_package(folder, "/usr/bin/y", NULL);
	assert_package("/nonexistent", "/usr/bin/x", NULL);
	remove_list(folder, "libc6:amd64.list");
	remove_list(folder, "redis.tools.list");
	remove_list(folder, "other.conffiles");
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_whole_paths),
		cmocka_unit_test(the_owner_of_a_file_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
