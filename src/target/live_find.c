#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/quantity.h"
#include "base/string_builder.h"
#include "target/live.h"
#include "target/proc.h"

#define LISTED_MAX 10

static bool is_name_of(const char *name, pid_t pid)
{
	CLEANUP(u8_array_deinit) struct u8_array arguments = {0};
	CLEANUP(cleanup_error) struct error *error = NULL;
	struct proc_stat stat;
	pid_t task;
	bool equal;

	error = proc_read_stat(pid, 0, &stat);
	if (error || !proc_find_living(pid, &task))
		return false;
	if (strcmp(stat.name, name) == 0)
		return true;
	char *executable = proc_read_link(pid, task, "exe");
	equal = executable && strcmp(path_file_name(executable), name) == 0;
	free(executable);
	if (equal)
		return true;
	error = proc_read(pid, task, "cmdline", &arguments);
	/* Each argument ends in a NUL, unless the process wrote over them. */
	return !error && arguments.count && !arguments.items[arguments.count - 1] &&
	       strcmp(path_file_name((const char *)arguments.items), name) == 0;
}

struct error *live_target_visit_all(
	void (*visit)(void *context, pid_t pid, const char *name), void *context)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;

	if (!directory)
		return error_from_errno(errno, "cannot list /proc");
	while ((entry = readdir(directory))) {
		CLEANUP(cleanup_free) char *executable = NULL;
		struct proc_stat stat;
		pid_t task = 0;
		uint64_t pid;

		if (!parse_unsigned(entry->d_name, &pid) || (pid_t)pid == getpid())
			continue;
		(void)proc_find_living((pid_t)pid, &task);
		executable = proc_read_link((pid_t)pid, task, "exe");
		CLEANUP(cleanup_error) struct error *error = proc_read_stat((pid_t)pid, 0, &stat);
		if (!error && executable && executable[0])
			visit(context, (pid_t)pid, stat.name);
	}
	closedir(directory);
	return NULL;
}

struct error *live_target_find_all(const char *name, struct u32_array *ret)
{
	DIR *directory = opendir("/proc");
	struct error *error = NULL;
	struct dirent *entry;

	if (!directory)
		return error_from_errno(errno, "cannot list /proc");
	while (!error && (entry = readdir(directory))) {
		uint64_t pid;

		if (parse_unsigned(entry->d_name, &pid) && (pid_t)pid != getpid() &&
			is_name_of(name, (pid_t)pid))
			error = u32_array_append(ret, (uint32_t)pid);
	}
	closedir(directory);
	return error;
}

static void append_command_line(struct string_builder *text, pid_t pid)
{
	CLEANUP(u8_array_deinit) struct u8_array arguments = {0};
	pid_t task = 0;

	(void)proc_find_living(pid, &task);
	error_destroy(proc_read(pid, task, "cmdline", &arguments));
	for (size_t i = 0; i + 1 < arguments.count && i < 60; i++)
		string_append_char(
			text, arguments.items[i] >= ' ' ? (char)arguments.items[i] : ' ');
}

static struct error *several(const char *name, const struct u32_array *pids)
{
	STRING_BUILDER(list);

	for (size_t i = 0; i < pids->count && i < LISTED_MAX; i++) {
		string_append_format(&list, "\n    %u  ", pids->items[i]);
		append_command_line(&list, (pid_t)pids->items[i]);
	}
	if (pids->count > LISTED_MAX)
		string_append_format(&list, "\n    and %zu more", pids->count - LISTED_MAX);
	return error_set_hint(error_create(ERROR_USAGE, "%zu processes are called '%s':%s",
				      pids->count, name, list.text ? list.text : ""),
		"choose one by its number: limpet -p %u, or take them all: limpet -n %s --all",
		pids->items[0], name);
}

struct error *live_target_find(const char *name, pid_t *ret)
{
	CLEANUP(u32_array_deinit) struct u32_array pids = {0};
	struct error *error = live_target_find_all(name, &pids);

	if (error)
		return error;
	if (pids.count == 0)
		return error_set_hint(error_create(ERROR_GONE, "no process is called '%s'", name),
			"the name is that of the executable file, or what `ps -e` shows; "
			"`pgrep -fa %s` searches whole command lines",
			name);
	if (pids.count > 1)
		return several(name, &pids);
	*ret = (pid_t)pids.items[0];
	return NULL;
}
