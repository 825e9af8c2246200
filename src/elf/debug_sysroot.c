#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"
#include "elf/debug_internal.h"

struct error *debug_check_build_id(int fd, const char *path, const char *wanted)
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

static struct error *open_checked(
	const char *sysroot, const char *path, const char *build_id, int *ret_fd)
{
	CLEANUP(cleanup_close) int fd = -1;
	CLEANUP(cleanup_free) char *label = NULL;
	struct error *error = file_open_regular(sysroot, path, &fd);

	if (!error && asprintf(&label, "%s%s", sysroot, path) < 0) {
		label = NULL;
		error = &error_no_memory;
	}
	if (!error)
		error = debug_check_build_id(fd, label, build_id);
	if (!error)
		*ret_fd = TAKE_FD(fd);
	return error;
}

/* By the path, by the build id, by the name alone. */
struct error *debug_search_open_below(
	const struct debug_search *search, const char *path, const char *build_id, int *ret_fd)
{
	const char *sysroot = debug_search_sysroot(search);
	struct error *error = NULL, *first = NULL;
	char other[PATH_MAX];

	if (!sysroot || path[0] != '/')
		return error_create(ERROR_NOT_FOUND, "there is no '%s'", path);
	first = open_checked(sysroot, path, build_id, ret_fd);
	if (!first || first->kind == ERROR_NO_MEMORY)
		return first;
	snprintf(other, sizeof(other), "/%s", path_file_name(path));
	if (strlen(build_id) > 2) {
		char by_id[PATH_MAX];

		snprintf(by_id, sizeof(by_id), "/.build-id/%.2s/%s", build_id, build_id + 2);
		error = open_checked(sysroot, by_id, build_id, ret_fd);
	}
	if (error || strlen(build_id) <= 2) {
		error_destroy(error);
		error = open_checked(sysroot, other, build_id, ret_fd);
	}
	if (!error || error->kind == ERROR_NO_MEMORY) {
		error_destroy(first);
		return error;
	}
	error_destroy(error);
	return first;
}
