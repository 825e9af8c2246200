#include "target/live_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
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
