#include "test_directory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/folder.h"

static void a_folder_is_private_and_goes_with_its_files(void **state)
{
	CLEANUP(cleanup_free) char *path = NULL;
	char file[4096];
	struct stat status;

	(void)state;
	assert_success(folder_create_private(&path));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	snprintf(file, sizeof(file), "%s/part", path);
	assert_success(file_write(file, "x", 1, 0666));
	folder_remove(path);
	assert_int_equal(stat(path, &status), -1);
	assert_int_equal(errno, ENOENT);
}

static void it_is_made_where_the_environment_says(void **state)
{
	CLEANUP(cleanup_free) char *path = NULL;
	struct error *error;

	(void)state;
	setenv("TMPDIR", "/nowhere", 1);
	error = folder_create_private(&path);
	unsetenv("TMPDIR");
	assert_non_null(error);
	assert_non_null(strstr(error->message, "'/nowhere/limpet-"));
	error_destroy(error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_folder_is_private_and_goes_with_its_files),
		cmocka_unit_test(it_is_made_where_the_environment_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
