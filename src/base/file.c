#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

#define READ_STEP (64 * 1024)

struct error *file_read_fd(int fd, size_t limit, struct u8_array *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	for (;;) {
		struct error *error = u8_array_reserve(&bytes, bytes.count + READ_STEP);
		if (error)
			return error;
		ssize_t got = read(fd, bytes.items + bytes.count, bytes.capacity - bytes.count);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_from_errno(errno, "cannot read");
		if (got == 0)
			break;
		bytes.count += (size_t)got;
		if (bytes.count > limit)
			return error_create(ERROR_MALFORMED, "larger than %zu bytes", limit);
	}
	*ret = bytes;
	bytes = (struct u8_array){0};
	return NULL;
}

struct error *file_read(const char *path, size_t limit, struct u8_array *ret)
{
	CLEANUP(cleanup_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct error *error;

	if (fd < 0)
		return error_from_errno(errno, "cannot open '%s'", path);
	error = file_read_fd(fd, limit, ret);
	return error ? error_add_context(error, "'%s'", path) : NULL;
}

int file_open_below(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)flags,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

	/* Before Linux 5.6; some containers forbid it. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return openat(root, path + strspn(path, "/"), flags);
	return (int)fd;
}

/* Only the place of it. */
static int find_in(const char *root, const char *path)
{
	if (!root)
		return open(path, O_PATH | O_CLOEXEC);
	CLEANUP(cleanup_close) int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return folder < 0 ? -1 : file_open_below(folder, path, O_PATH | O_CLOEXEC);
}

struct error *file_open_regular(const char *root, const char *path, int *ret_fd)
{
	CLEANUP(cleanup_close) int place = find_in(root, path);
	struct stat status;
	char link[32];

	if (!root)
		root = "";
	if (place < 0)
		return error_from_errno(errno, "cannot open '%s%s'", root, path);
	if (fstat(place, &status) < 0)
		return error_from_errno(errno, "cannot read '%s%s'", root, path);
	if (!S_ISREG(status.st_mode))
		return error_create(ERROR_UNSUPPORTED, "'%s%s' is no regular file", root, path);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", place);
	int fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return error_from_errno(errno, "cannot open '%s%s'", root, path);
	*ret_fd = fd;
	return NULL;
}

bool file_links_to(int directory, const char *name, const char *expected)
{
	char found[PATH_MAX];
	ssize_t length = readlinkat(directory, name, found, sizeof(found));

	return length >= 0 && (size_t)length == strlen(expected) &&
	       memcmp(found, expected, (size_t)length) == 0;
}

struct error *write_all(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length) {
		ssize_t written = write(fd, at, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return error_from_errno(errno, "cannot write");
		at += written;
		length -= (size_t)written;
	}
	return NULL;
}

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/*
 * Whether something is there that must be written to, not replaced. /dev/stdout may lead to a
 * regular file, which the shell that opened it would lose.
 */
static bool is_special(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return false;
	return !S_ISREG(status.st_mode) || starts_with(path, "/dev/") ||
	       starts_with(path, "/proc/");
}

static bool is_directory(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static struct error *write_special(const char *path, const void *bytes, size_t length)
{
	CLEANUP(cleanup_close) int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	struct error *error;

	if (fd < 0)
		return error_from_errno(errno, "cannot write '%s'", path);
	error = write_all(fd, bytes, length);
	return error ? error_add_context(error, "'%s'", path) : NULL;
}

/* What a link says, from where the link is; or NULL. */
static char *follow_link(const char *path)
{
	const char *slash = strrchr(path, '/');
	char target[PATH_MAX], *joined;
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	if (length < 0)
		return NULL;
	target[length] = '\0';
	if (target[0] == '/' || !slash)
		return strdup(target);
	if (asprintf(&joined, "%.*s/%s", (int)(slash - path), path, target) < 0)
		return NULL;
	return joined;
}

/* A symbolic link keeps its place: what it names, there or not, is replaced. */
static char *final_path(const char *path)
{
	char *resolved = realpath(path, NULL);

	if (!resolved)
		resolved = follow_link(path);
	return resolved ? resolved : strdup(path);
}

static mode_t current_umask(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return mask;
}

static struct error *open_beside(const char *path, char **ret_name, int *ret_fd)
{
	CLEANUP(cleanup_free) char *name = NULL;

	if (asprintf(&name, "%s.XXXXXX", path) < 0) {
		name = NULL;
		return &error_no_memory;
	}
	int fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return error_from_errno(errno, "cannot write '%s'", path);
	*ret_name = TAKE_POINTER(name);
	*ret_fd = fd;
	return NULL;
}

struct error *file_write(const char *path, const void *bytes, size_t length, mode_t mode)
{
	CLEANUP(cleanup_free) char *target = NULL;
	CLEANUP(cleanup_free) char *name = NULL;
	CLEANUP(cleanup_close) int fd = -1;
	struct error *error;

	if (is_special(path))
		return write_special(path, bytes, length);
	target = final_path(path);
	if (!target)
		return &error_no_memory;
	error = open_beside(target, &name, &fd);
	if (error)
		return error;
	error = write_all(fd, bytes, length);
	if (!error && fchmod(fd, mode & ~current_umask()) < 0)
		error = error_from_errno(errno, "cannot set its mode");
	if (!error && close(TAKE_FD(fd)) < 0) /* quotas and NFS may say only now that it's full */
		error = error_from_errno(errno, "cannot write");
	if (!error && rename(name, target) < 0)
		error = error_from_errno(errno, "cannot rename");
	if (!error)
		return NULL;
	unlink(name);
	return error_add_context(error, "'%s'", path);
}

struct error *file_check_writable(const char *path)
{
	CLEANUP(cleanup_free) char *target = NULL;
	CLEANUP(cleanup_free) char *name = NULL;
	CLEANUP(cleanup_close) int fd = -1;
	struct error *error;

	if (is_directory(path))
		return error_from_errno(EISDIR, "cannot write '%s'", path);
	if (is_special(path)) {
		if (access(path, W_OK) == 0)
			return NULL;
		return error_from_errno(errno, "cannot write '%s'", path);
	}
	target = final_path(path);
	if (!target)
		return &error_no_memory;
	error = open_beside(target, &name, &fd);
	if (error)
		return error;
	unlink(name);
	return NULL;
}
