#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/quantity.h"
#include "target/live.h"
#include "target/proc.h"

struct relative {
	pid_t process, parent;
};
ARRAY_DEFINE(relatives, struct relative)

/* One that is gone again is none. */
static struct error *add_relative(struct relatives *all, pid_t process)
{
	struct proc_status status;
	struct error *error = proc_read_status(process, 0, &status);
	pid_t task;

	if (error)
		return error_unless(error, ERROR_GONE);
	if (process == getpid() || !proc_find_living(process, &task))
		return NULL;
	return relatives_append(all, (struct relative){process, status.parent});
}

static struct error *list_all(struct relatives *all)
{
	DIR *directory = opendir("/proc");
	struct error *error = NULL;
	struct dirent *entry;
	uint64_t number;

	if (!directory)
		return error_from_errno(errno, "cannot list /proc");
	while (!error && (entry = readdir(directory)))
		if (parse_unsigned(entry->d_name, &number))
			error = add_relative(all, (pid_t)number);
	closedir(directory);
	return error;
}

static bool has(const struct u32_array *pids, pid_t pid)
{
	ARRAY_FOR_EACH (one, pids)
		if ((pid_t)*one == pid)
			return true;
	return false;
}

/* Each generation is found by the one before; numbers may have come round. */
static struct error *add_children(const struct relatives *all, pid_t parent, struct u32_array *pids)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (one, all)
		if (!error && one->parent == parent && !has(pids, one->process))
			error = u32_array_append(pids, (uint32_t)one->process);
	return error;
}

struct error *live_target_find_descendants(pid_t pid, struct u32_array *ret)
{
	struct relatives all = {0};
	size_t next = ret->count;
	struct error *error = list_all(&all);

	if (!error)
		error = add_children(&all, pid, ret);
	for (; !error && next < ret->count; next++)
		error = add_children(&all, (pid_t)ret->items[next], ret);
	relatives_deinit(&all);
	return error;
}

bool live_target_lives(const struct target_identity *identity)
{
	struct proc_stat stat;
	struct error *error = proc_read_stat(identity->pid, 0, &stat);
	pid_t task;

	error_destroy(error);
	return !error && stat.start_time == identity->start_time &&
	       proc_find_living(identity->pid, &task);
}

bool live_target_started(pid_t pid, const char *executable, uint64_t *ret)
{
	CLEANUP(cleanup_free) char *path = NULL;
	struct proc_stat stat;
	struct error *error = proc_read_stat(pid, 0, &stat);
	pid_t task;

	error_destroy(error);
	if (error || !proc_find_living(pid, &task))
		return false;
	if (executable)
		path = proc_read_link(pid, task, "exe");
	if (executable && (!path || strcmp(path, executable) != 0))
		return false;
	*ret = stat.start_time;
	return true;
}
