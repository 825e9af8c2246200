#include "target/live_figures.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "target/proc.h"

static struct error *gone(pid_t pid)
{
	return error_create(ERROR_GONE, "process %d is gone", pid);
}

static uint64_t count_entries(DIR *folder)
{
	uint64_t count = 0;

	for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
		count += entry->d_name[0] != '.';
	return count;
}

/* Since Linux 6.2 the folder's size is their number (fs/proc/fd.c, proc_fd_getattr()). */
static struct error *count_descriptors(pid_t pid, uint64_t *ret)
{
	CLEANUP(cleanup_close) int fd = proc_open_living(pid, "fd", O_RDONLY | O_DIRECTORY);
	struct stat status;

	if (fd < 0 && (errno == ESRCH || errno == ENOENT))
		return gone(pid);
	if (fd < 0 || fstat(fd, &status) < 0)
		return error_from_errno(errno, "cannot count the open files of process %d", pid);
	if (status.st_size > 0) {
		*ret = (uint64_t)status.st_size;
		return NULL;
	}
	DIR *folder = fdopendir(fd);
	if (!folder)
		return error_from_errno(errno, "cannot count the open files of process %d", pid);
	fd = -1;
	*ret = count_entries(folder);
	closedir(folder);
	return NULL;
}

struct error *live_read_figures(pid_t pid, bool descriptors, struct target_figures *ret)
{
	struct target_figures figures = {0};
	struct proc_status status;
	struct error *error;
	pid_t task = 0;

	/* The first thread may have ended before the others. */
	if (!proc_find_living(pid, &task))
		return gone(pid);
	error = proc_read_status(pid, task, &status);
	if (!error && descriptors)
		error = count_descriptors(pid, &figures.descriptors);
	if (error)
		return error;
	figures.resident = status.resident;
	figures.threads = status.threads;
	*ret = figures;
	return NULL;
}

struct error *live_open_end(pid_t pid, int *ret_fd)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0 && errno == ESRCH)
		return gone(pid);
	if (fd < 0)
		return error_create(ERROR_UNSUPPORTED, "this kernel has no pidfd_open");
	*ret_fd = fd;
	return NULL;
}
