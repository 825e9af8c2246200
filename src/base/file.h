#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/array.h"
#include "base/error.h"

/* Reads all of a file, of any kind (/proc files tell no size); more than limit bytes: an error. */
struct error *file_read(const char *path, size_t limit, struct u8_array *ret) MUST_CHECK;
struct error *file_read_fd(int fd, size_t limit, struct u8_array *ret) MUST_CHECK;

/*
 * Opens a regular file for reading, without ever waiting. root: a folder that absolute paths and
 * links on the way lead from, as in a container; NULL: the own root. ERROR_UNSUPPORTED of what is
 * no regular file, which is not opened: whoever made up the path may have named a device.
 */
struct error *file_open_regular(const char *root, const char *path, int *ret_fd) MUST_CHECK;

/* openat(2) of a path from that root, from which absolute links on the way lead, too. */
int file_open_below(int root, const char *path, int flags);

/*
 * Puts a file in place whole or not at all: writes beside it, then renames. The new file has the
 * given mode less the umask. What is there and no regular file (/dev/stdout, a pipe) is written to.
 */
struct error *file_write(const char *path, const void *bytes, size_t length, mode_t mode)
	MUST_CHECK;

/* Whether file_write() could succeed now; to be asked before a long capture. */
struct error *file_check_writable(const char *path) MUST_CHECK;

/* Whether it is a symbolic link, or one of /proc, to exactly this. directory: as of openat(2). */
bool file_links_to(int directory, const char *name, const char *expected);

struct error *write_all(int fd, const void *bytes, size_t length) MUST_CHECK;
