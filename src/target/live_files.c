#include "target/live_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/quantity.h"

static bool points_to(int directory, const char *name, const char *path)
{
	char found[PATH_MAX];
	ssize_t length = readlinkat(directory, name, found, sizeof(found));

	return length >= 0 && (size_t)length == strlen(path) &&
	       memcmp(found, path, (size_t)length) == 0;
}

static struct error *search(DIR *directory, const char *path, struct descriptor_array *ret)
{
	struct error *error = NULL;
	struct dirent *entry;

	while (!error && (entry = readdir(directory))) {
		uint64_t number;

		if (parse_unsigned(entry->d_name, &number) && number <= INT_MAX &&
			points_to(dirfd(directory), entry->d_name, path))
			error = descriptor_array_append(ret, (int)number);
	}
	return error;
}

struct error *live_find_descriptors(pid_t pid, const char *path, struct descriptor_array *ret)
{
	char folder[64];

	snprintf(folder, sizeof(folder), "/proc/%d/fd", pid);
	DIR *directory = opendir(folder);
	if (!directory)
		return errno == ENOENT ? error_create(ERROR_GONE, "process %d is gone", pid)
				       : error_from_errno(errno, "cannot list %s", folder);
	struct error *error = search(directory, path, ret);
	closedir(directory);
	return error;
}
