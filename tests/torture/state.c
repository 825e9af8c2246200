#include "state.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

void *grown(void *items, size_t count, size_t size)
{
	if (count & (count - 1))
		return items;
	items = reallocarray(items, count ? 2 * count : 1, size);
	if (!items)
		report_fail("out of memory");
	return items;
}

static void read_field(const char *line, struct state *state, struct state_task *task)
{
	unsigned long long value;

	sscanf(line, "State: %c", &task->state);
	sscanf(line, "TracerPid: %d", &task->tracer);
	sscanf(line, "Seccomp: %u", &task->seccomp);
	sscanf(line, "NoNewPrivs: %u", &task->no_new_privileges);
	if (sscanf(line, "SigPnd: %llx", &value) == 1)
		task->pending = value;
	else if (sscanf(line, "SigBlk: %llx", &value) == 1)
		task->blocked = value;
	else if (sscanf(line, "ShdPnd: %llx", &value) == 1)
		state->shared_pending = value;
	else if (sscanf(line, "SigIgn: %llx", &value) == 1)
		state->ignored = value;
	else if (sscanf(line, "SigCgt: %llx", &value) == 1)
		state->caught = value;
}

/* "Name:\tNAME\n" */
static void read_name(const char *line, char name[static 16])
{
	if (strncmp(line, "Name:\t", 6) == 0)
		snprintf(name, 16, "%.*s", (int)strcspn(line + 6, "\n"), line + 6);
}

static bool read_task(pid_t pid, pid_t id, struct state *state, struct state_task *ret)
{
	struct state_task task = {.id = id};
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, id);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		read_name(line, task.name);
		read_field(line, state, &task);
	}
	fclose(file);
	*ret = task;
	return task.state && task.state != 'X' && task.state != 'Z';
}

/* The kernel's own threads of io_uring come and go as they please. */
static bool is_kernel_helper(const struct state_task *task)
{
	return strncmp(task->name, "iou-", 4) == 0;
}

int state_order_tasks(const void *left, const void *right)
{
	const struct state_task *one = left, *other = right;

	return (one->id > other->id) - (one->id < other->id);
}

static bool read_tasks(pid_t pid, struct state *state)
{
	char path[64];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	folder = opendir(path);
	if (!folder)
		return false;
	while ((entry = readdir(folder))) {
		struct state_task task;

		if (entry->d_name[0] == '.' || !read_task(pid, atoi(entry->d_name), state, &task) ||
			is_kernel_helper(&task))
			continue;
		state->tasks = grown(state->tasks, state->task_count, sizeof(task));
		state->tasks[state->task_count++] = task;
	}
	closedir(folder);
	if (!state->task_count)
		return false;
	qsort(state->tasks, state->task_count, sizeof(*state->tasks), state_order_tasks);
	return true;
}

static void add_descriptor(struct state *state, int number, const char *link)
{
	struct state_descriptor descriptor = {.number = number, .link = strdup(link)};

	if (!descriptor.link)
		report_fail("out of memory");
	state->descriptors = grown(state->descriptors, state->descriptor_count, sizeof(descriptor));
	state->descriptors[state->descriptor_count++] = descriptor;
}

static bool read_descriptors(pid_t pid, struct state *state)
{
	char path[64], name[384], link[4096];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	folder = opendir(path);
	if (!folder)
		return false;
	while ((entry = readdir(folder))) {
		ssize_t length;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		length = readlink(name, link, sizeof(link) - 1);
		if (length < 0)
			continue;
		link[length] = '\0';
		add_descriptor(state, atoi(entry->d_name), link);
	}
	closedir(folder);
	return true;
}

bool state_take(pid_t pid, struct state *ret)
{
	struct state state = {.pid = pid};

	if (read_tasks(pid, &state) && state_read_mappings(pid, &state) &&
		read_descriptors(pid, &state)) {
		*ret = state;
		return true;
	}
	state_deinit(&state);
	return false;
}

void state_deinit(struct state *state)
{
	for (size_t i = 0; i < state->mapping_count; i++)
		free(state->mappings[i].path);
	for (size_t i = 0; i < state->descriptor_count; i++)
		free(state->descriptors[i].link);
	free(state->mappings);
	free(state->descriptors);
	free(state->tasks);
	*state = (struct state){0};
}

bool state_is_traced(const struct state *state)
{
	for (size_t i = 0; i < state->task_count; i++)
		if (state->tasks[i].tracer || state->tasks[i].state == 't')
			return true;
	return false;
}
