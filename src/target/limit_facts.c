#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "base/quantity.h"
#include "target/limit_checks.h"
#include "target/proc.h"

#define FILE_LIMIT (1024 * 1024)
#define PATH_SIZE  512

static struct cursor over(const struct u8_array *text)
{
	return cursor_over(text->items, text->count);
}

static struct error *malformed(pid_t pid, const char *name)
{
	return error_create(
		ERROR_MALFORMED, "/proc/%d/%s does not have the form of proc(5)", pid, name);
}

static struct error *read_limits(pid_t pid, pid_t task, struct limit_facts *facts)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct error *error = proc_read(pid, task, "limits", &text);

	if (!error && !limits_parse(over(&text), &facts->limits))
		error = malformed(pid, "limits");
	return error;
}

static struct error *count_mappings(pid_t pid, pid_t task, struct limit_facts *facts)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct error *error = proc_read(pid, task, "maps", &text);

	if (!error)
		facts->mappings = limits_count_mappings(over(&text));
	return error;
}

/* Calls back for each entry whose name is a number. */
static struct error *visit_numbers(
	const char *path, void (*visit)(void *context, uint64_t number), void *context)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	uint64_t number;

	if (!directory)
		return error_from_errno(errno, "cannot list %s", path);
	while ((entry = readdir(directory)))
		if (parse_unsigned(entry->d_name, &number))
			visit(context, number);
	closedir(directory);
	return NULL;
}

static void count_file(void *context, uint64_t number)
{
	struct limit_facts *facts = context;

	(void)number;
	facts->open_files++;
}

static struct error *count_files(pid_t pid, pid_t task, struct limit_facts *facts)
{
	char path[64];

	proc_format_path(path, sizeof(path), pid, task, "fd");
	return visit_numbers(path, count_file, facts);
}

static void count_tasks(void *context, uint64_t number)
{
	struct limit_facts *facts = context;
	struct proc_status status;
	struct error *error = proc_read_status((pid_t)number, 0, &status);

	if (!error && status.users[0] == facts->status.users[0])
		facts->user_tasks += status.threads;
	error_destroy(error);
}

/* Only if there is a limit: it means to read the status of every process. */
static struct error *count_user_tasks(struct limit_facts *facts)
{
	if (facts->limits.processes == LIMIT_NONE || !facts->status.users[0])
		return NULL;
	return visit_numbers("/proc", count_tasks, facts);
}

/* What cannot be read stays as it is. */
static void read_number(const char *path, uint64_t *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct error *error = file_read(path, FILE_LIMIT, &text);

	if (!error)
		(void)limits_parse_number(over(&text), ret);
	error_destroy(error);
}

static void read_commit(struct limit_facts *facts)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct error *error = file_read("/proc/meminfo", FILE_LIMIT, &text);

	if (error || !limits_parse_commit(over(&text), &facts->commit_limit, &facts->committed))
		facts->commit_limit = LIMIT_NONE;
	error_destroy(error);
}

static void read_group_file(const char *folder, const char *name, uint64_t *ret)
{
	char path[PATH_SIZE + 32];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	read_number(path, ret);
}

/* One group; keeps the one that has least left. */
static void compare_group(struct limit_facts *facts, const char *folder)
{
	uint64_t tasks = 0, most = LIMIT_NONE;

	read_group_file(folder, "pids.max", &most);
	read_group_file(folder, "pids.current", &tasks);
	if (most == LIMIT_NONE)
		return;
	if (facts->group_tasks_max != LIMIT_NONE &&
		(int64_t)(facts->group_tasks_max - facts->group_tasks) <= (int64_t)(most - tasks))
		return;
	facts->group_tasks_max = most;
	facts->group_tasks = tasks;
}

/* A group is limited by those that it is in as well. */
static void read_groups(pid_t pid, pid_t task, struct limit_facts *facts)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct error *error = proc_read(pid, task, "cgroup", &text);
	char folder[PATH_SIZE];
	struct cursor path;
	bool unified;

	facts->group_tasks_max = LIMIT_NONE;
	if (!error && limits_parse_group(over(&text), &path, &unified)) {
		int root = snprintf(
			folder, sizeof(folder), "/sys/fs/cgroup%s", unified ? "" : "/pids");
		int length = snprintf(folder + root, sizeof(folder) - (size_t)root, "%.*s",
			(int)cursor_left(&path), path.at);

		while (length >= 0 && root + length < PATH_SIZE) {
			char *slash = strrchr(folder + root, '/');

			compare_group(facts, folder);
			if (!slash)
				break;
			*slash = '\0';
		}
	}
	error_destroy(error);
}

struct error *limit_facts_read(pid_t pid, struct limit_facts *ret)
{
	struct limit_facts facts = {.pid = pid, .mappings_max = LIMIT_NONE};
	struct error *error;
	pid_t task = 0;

	(void)proc_find_living(pid, &task);
	error = read_limits(pid, task, &facts);
	if (!error)
		error = proc_read_status(pid, task, &facts.status);
	if (!error)
		error = count_mappings(pid, task, &facts);
	if (!error)
		error = count_files(pid, task, &facts);
	if (!error)
		error = count_user_tasks(&facts);
	if (error)
		return error;
	read_number("/proc/sys/vm/max_map_count", &facts.mappings_max);
	read_number("/proc/sys/vm/overcommit_memory", &facts.overcommit);
	read_commit(&facts);
	read_groups(pid, task, &facts);
	*ret = facts;
	return NULL;
}

struct error *limit_check_process(pid_t pid, const struct limit_need *need)
{
	struct limit_facts facts;
	struct error *error = limit_facts_read(pid, &facts);

	return error ? error : limit_check(&facts, need);
}
