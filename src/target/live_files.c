#include "target/live_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"
#include "base/quantity.h"
#include "target/proc.h"

static struct error *search(DIR *directory, const char *path, struct descriptor_array *ret)
{
	struct error *error = NULL;
	struct dirent *entry;

	while (!error && (entry = readdir(directory))) {
		uint64_t number;

		if (parse_unsigned(entry->d_name, &number) && number <= INT_MAX &&
			file_links_to(dirfd(directory), entry->d_name, path))
			error = descriptor_array_append(ret, (int)number);
	}
	return error;
}

struct error *live_find_descriptors(pid_t pid, const char *path, struct descriptor_array *ret)
{
	int folder = proc_open_living(pid, "fd", O_RDONLY | O_DIRECTORY);
	DIR *directory = folder < 0 ? NULL : fdopendir(folder);

	if (!directory && (errno == ENOENT || errno == ESRCH))
		return error_create(ERROR_GONE, "process %d is gone", pid);
	if (!directory)
		return error_from_errno(errno, "cannot list /proc/%d/fd", pid);
	struct error *error = search(directory, path, ret);
	closedir(directory);
	return error;
}

#define CLOCK_SLACK     3 /* s */
#define WITHOUT_WAITING (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW)

/* Wall clock, s since 1970, as the clock goes now. */
static int64_t start_of(const struct target_identity *identity)
{
	struct timespec wall, boot;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return wall.tv_sec - boot.tv_sec +
	       (int64_t)(identity->start_time / (uint64_t)sysconf(_SC_CLK_TCK));
}

static struct error *check_trusted(int fd, const struct target_identity *identity, const char *path)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_from_errno(errno, "cannot read '%s'", path);
	if (!S_ISREG(status.st_mode))
		return error_create(ERROR_DENIED, "'%s' is no regular file", path);
	if (status.st_uid != 0 && status.st_uid != identity->user)
		return error_create(ERROR_DENIED,
			"'%s' belongs to user %u, neither to that of the process nor to root", path,
			status.st_uid);
	if (status.st_mtim.tv_sec < start_of(identity) - CLOCK_SLACK)
		return error_create(ERROR_DENIED,
			"'%s' is older than the process: another one had its number", path);
	return NULL;
}

struct error *live_open_trusted(
	const struct target_identity *identity, const char *path, int *ret_fd)
{
	CLEANUP(cleanup_close)
	int root = proc_open_living(identity->pid, "root", O_PATH | O_DIRECTORY);
	CLEANUP(cleanup_close)
	int fd = root < 0 ? -1 : file_open_below(root, path, WITHOUT_WAITING);
	struct error *error;

	if (root < 0 && (errno == ENOENT || errno == ESRCH))
		return error_create(ERROR_GONE, "process %d is gone", identity->pid);
	if (fd < 0 && errno == ELOOP)
		return error_create(ERROR_DENIED, "'%s' is a symbolic link", path);
	if (fd < 0)
		return error_from_errno(errno, "cannot open '%s'", path);
	error = check_trusted(fd, identity, path);
	if (!error)
		*ret_fd = TAKE_FD(fd);
	return error;
}

static bool is_same_file(pid_t pid, const char *path)
{
	CLEANUP(cleanup_close) int root = proc_open_living(pid, "root", O_PATH | O_DIRECTORY);
	CLEANUP(cleanup_close) int executable = proc_open_living(pid, "exe", O_PATH);
	CLEANUP(cleanup_close)
	int other = root < 0 ? -1 : file_open_below(root, path, O_PATH | O_CLOEXEC);
	struct stat first, second;

	return executable >= 0 && other >= 0 && fstat(executable, &first) == 0 &&
	       fstat(other, &second) == 0 && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

struct error *live_find_alias(const struct target_identity *identity, char **ret)
{
	const char *file = path_file_name(identity->executable);
	CLEANUP(cleanup_free) char *path = NULL;

	*ret = NULL;
	if (!*file || !*identity->name || strchr(identity->name, '/') ||
		strcmp(file, identity->name) == 0)
		return NULL;
	if (asprintf(&path, "%.*s%s", (int)(file - identity->executable), identity->executable,
		    identity->name) < 0) {
		path = NULL;
		return &error_no_memory;
	}
	if (is_same_file(identity->pid, path))
		*ret = TAKE_POINTER(path);
	return NULL;
}
