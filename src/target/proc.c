#include "target/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/quantity.h"

#define PROC_FILE_LIMIT (64 * 1024 * 1024)
#define LIVING_TRIES    8 /* of threads that exit one after another */

static bool skip_fields(struct cursor *text, int count)
{
	for (; count > 0; count--) {
		cursor_skip_spaces(text);
		if (!cursor_left(text))
			return false;
		while (cursor_left(text) && *text->at != ' ' && *text->at != '\n')
			text->at++;
	}
	cursor_skip_spaces(text);
	return true;
}

/* The name stands in parentheses, and may itself hold some. */
static bool take_name(struct cursor *text, char name[static 16])
{
	const char *close = memrchr(text->at, ')', cursor_left(text));

	cursor_skip_spaces(text);
	if (!close || !cursor_skip_text(text, "(") || close < text->at)
		return false;
	size_t length = (size_t)(close - text->at);
	size_t kept = length < 15 ? length : 15;
	memcpy(name, text->at, kept);
	name[kept] = '\0';
	text->at = close + 1;
	return true;
}

bool proc_parse_stat(struct cursor text, struct proc_stat *ret)
{
	struct proc_stat stat = {0};
	const char *state;
	uint64_t id, processor;

	if (!cursor_take_decimal(&text, &id) || id > INT_MAX || !take_name(&text, stat.name))
		return false;
	stat.id = (pid_t)id;
	cursor_skip_spaces(&text);
	if (!cursor_take(&text, 1, &state))
		return false;
	stat.state = *state;
	/* Field numbers of proc(5): state is 3, flags 9, utime 14, stime 15, starttime 22,
	 * processor 39. */
	if (!skip_fields(&text, 5) || !cursor_take_decimal(&text, &stat.flags) ||
		!skip_fields(&text, 4) || !cursor_take_decimal(&text, &stat.user_time) ||
		!skip_fields(&text, 0) || !cursor_take_decimal(&text, &stat.system_time) ||
		!skip_fields(&text, 6) || !cursor_take_decimal(&text, &stat.start_time) ||
		!skip_fields(&text, 16) || !cursor_take_decimal(&text, &processor) ||
		processor > INT_MAX)
		return false;
	stat.processor = (int)processor;
	*ret = stat;
	return true;
}

bool proc_parse_schedstat(struct cursor text, uint64_t *ret)
{
	return cursor_take_decimal(&text, ret);
}

bool proc_parse_waited(struct cursor text, uint64_t *ret)
{
	return skip_fields(&text, 1) && cursor_take_decimal(&text, ret);
}

bool proc_parse_arrivals(struct cursor text, uint64_t *ret)
{
	return skip_fields(&text, 2) && cursor_take_decimal(&text, ret);
}

/* "NAME   :   VALUE" */
static bool find_value(struct cursor text, const char *name, struct cursor *ret)
{
	while (cursor_take_line(&text, ret)) {
		if (!cursor_skip_text(ret, name))
			continue;
		cursor_skip_spaces(ret);
		if (!cursor_skip_text(ret, ":"))
			return false;
		cursor_skip_spaces(ret);
		return true;
	}
	return false;
}

/* "se.exec_start : 7345179.684976": milliseconds, six digits behind the point. */
bool proc_parse_last_run(struct cursor text, uint64_t *ret)
{
	struct cursor value;
	uint64_t milliseconds, rest;

	if (!find_value(text, "se.exec_start", &value) ||
		!cursor_take_decimal(&value, &milliseconds) || !cursor_skip_text(&value, ".") ||
		cursor_left(&value) < 6 || !cursor_take_decimal(&value, &rest) ||
		milliseconds > INT64_MAX / 1000000 || rest > 999999)
		return false;
	*ret = milliseconds * 1000000 + rest;
	return true;
}

bool proc_parse_sleeps(struct cursor text, uint64_t *ret)
{
	struct cursor value;

	return find_value(text, "nr_voluntary_switches", &value) &&
	       cursor_take_decimal(&value, ret);
}

bool proc_parse_switches(struct cursor text, uint64_t *ret)
{
	struct cursor value;

	return find_value(text, "nr_switches", &value) && cursor_take_decimal(&value, ret);
}

static bool take_word(struct cursor *text, uint64_t *ret)
{
	cursor_skip_spaces(text);
	return cursor_take_hexadecimal(text, ret);
}

bool proc_parse_system_call(struct cursor text, struct proc_system_call *ret)
{
	struct proc_system_call call = {.number = -1};
	uint64_t number;

	if (cursor_skip_text(&text, "running") || cursor_skip_text(&text, "-1")) {
		*ret = call;
		return true;
	}
	if (!cursor_take_decimal(&text, &number) || number > INT_MAX)
		return false;
	call.number = (int64_t)number;
	for (int i = 0; i < 6; i++)
		if (!take_word(&text, &call.arguments[i]))
			return false;
	if (!take_word(&text, &call.stack_pointer) || !take_word(&text, &call.program_counter))
		return false;
	*ret = call;
	return true;
}

void proc_format_path(char *path, size_t size, pid_t process, pid_t task, const char *name)
{
	if (task)
		snprintf(path, size, "/proc/%d/task/%d/%s", process, task, name);
	else
		snprintf(path, size, "/proc/%d/%s", process, name);
}

static struct error *gone(pid_t process, pid_t task)
{
	if (task)
		return error_create(ERROR_GONE, "thread %d is gone", task);
	return error_create(ERROR_GONE, "process %d is gone", process);
}

struct error *proc_read(pid_t process, pid_t task, const char *name, struct u8_array *ret)
{
	char path[96];
	struct error *error;

	proc_format_path(path, sizeof(path), process, task, name);
	CLEANUP(cleanup_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ESRCH))
		return gone(process, task);
	if (fd < 0)
		return error_from_errno(errno, "cannot open %s", path);
	error = file_read_fd(fd, PROC_FILE_LIMIT, ret);
	if (error && error->kind == ERROR_GONE) {
		error_destroy(error);
		return gone(process, task);
	}
	return error ? error_add_context(error, "%s", path) : NULL;
}

static struct error *malformed(pid_t process, const char *name)
{
	return error_create(
		ERROR_MALFORMED, "/proc/%d/%s does not have the form of proc(5)", process, name);
}

struct error *proc_read_stat(pid_t process, pid_t task, struct proc_stat *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct error *error = proc_read(process, task, "stat", &text);

	if (error)
		return error;
	if (!proc_parse_stat(cursor_over(text.items, text.count), ret))
		return malformed(process, "stat");
	return NULL;
}

struct error *proc_read_status(pid_t process, pid_t task, struct proc_status *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct error *error = proc_read(process, task, "status", &text);

	if (error)
		return error;
	if (!proc_parse_status(cursor_over(text.items, text.count), ret))
		return malformed(process, "status");
	return NULL;
}

struct error *proc_read_memory(pid_t process, struct target_memory *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	CLEANUP(cleanup_close) int fd = proc_open_living(process, "smaps_rollup", O_RDONLY);
	struct error *error;

	if (fd < 0 && errno == ENOENT && proc_find_living(process, &(pid_t){0}))
		return error_create(ERROR_UNSUPPORTED, "this kernel has no /proc/PID/smaps_rollup");
	if (fd < 0 && (errno == ENOENT || errno == ESRCH))
		return gone(process, 0);
	if (fd < 0)
		return error_from_errno(errno, "cannot open /proc/%d/smaps_rollup", process);
	error = file_read_fd(fd, PROC_FILE_LIMIT, &text);
	if (error)
		return error_add_context(error, "/proc/%d/smaps_rollup", process);
	if (!proc_parse_memory(cursor_over(text.items, text.count), ret))
		return malformed(process, "smaps_rollup");
	return NULL;
}

char *proc_read_link(pid_t process, pid_t task, const char *name)
{
	char path[96], target[PATH_MAX];

	proc_format_path(path, sizeof(path), process, task, name);
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	return strndup(target, length < 0 ? 0 : (size_t)length);
}

bool proc_task_lives(pid_t process, pid_t task)
{
	struct proc_stat stat;
	struct error *error = proc_read_stat(process, task, &stat);

	error_destroy(error);
	return !error && stat.state != 'Z' && stat.state != 'X';
}

static pid_t find_living_task(pid_t process)
{
	struct dirent *entry;
	char path[64];
	pid_t found = 0;
	uint64_t id;

	snprintf(path, sizeof(path), "/proc/%d/task", process);
	DIR *directory = opendir(path);
	while (directory && !found && (entry = readdir(directory)))
		if (parse_unsigned(entry->d_name, &id) && proc_task_lives(process, (pid_t)id))
			found = (pid_t)id;
	if (directory)
		closedir(directory);
	return found;
}

bool proc_find_living(pid_t process, pid_t *ret_task)
{
	/* Of the first thread alone: for a whole process the kernel sums up all its threads. */
	pid_t task = proc_task_lives(process, process) ? process : find_living_task(process);

	if (task)
		*ret_task = task == process ? 0 : task;
	return task != 0;
}

int proc_open_living(pid_t process, const char *name, int flags)
{
	char path[96];
	pid_t task;

	for (int tries = 0; tries < LIVING_TRIES; tries++) {
		if (!proc_find_living(process, &task))
			break;
		proc_format_path(path, sizeof(path), process, task, name);
		int fd = open(path, flags | O_CLOEXEC);
		if (fd >= 0 || (errno != ENOENT && errno != ESRCH))
			return fd;
	}
	errno = ESRCH;
	return -1;
}
