#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "state.h"

void difference_add(struct difference_list *list, const char *format, ...)
{
	va_list arguments;
	char *line;

	va_start(arguments, format);
	if (vasprintf(&line, format, arguments) < 0)
		report_fail("out of memory");
	va_end(arguments);
	list->lines = grown(list->lines, list->count, sizeof(line));
	list->lines[list->count++] = line;
}

static bool difference_has(const struct difference_list *list, const char *line)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->lines[i], line) == 0)
			return true;
	return false;
}

static void difference_keep(
	struct difference_list *list, const struct difference_list *other, bool common)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (difference_has(other, list->lines[i]) == common)
			list->lines[kept++] = list->lines[i];
		else
			free(list->lines[i]);
	}
	list->count = kept;
}

void difference_intersect(struct difference_list *list, const struct difference_list *other)
{
	difference_keep(list, other, true);
}

void difference_subtract(struct difference_list *list, const struct difference_list *other)
{
	difference_keep(list, other, false);
}

void difference_deinit(struct difference_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->lines[i]);
	free(list->lines);
	*list = (struct difference_list){0};
}

static bool is_stopped(const struct state_task *task)
{
	return task->state == 't' || task->state == 'T';
}

static void compare_task(
	const struct state_task *before, const struct state_task *now, struct difference_list *ret)
{
	if (now->tracer)
		difference_add(ret, "STOPPED thread %d (%s) traced by %d", now->id, now->name,
			now->tracer);
	if (is_stopped(now) != is_stopped(before))
		difference_add(ret, "STOPPED thread %d (%s) %c, was %c", now->id, now->name,
			now->state, before->state);
	if (strcmp(now->name, before->name) != 0)
		difference_add(ret, "LEFTOVER name of thread %d: %s, was %s", now->id, now->name,
			before->name);
	if (now->blocked != before->blocked)
		difference_add(ret, "MASK thread %d (%s) %016" PRIx64 ", was %016" PRIx64, now->id,
			now->name, now->blocked, before->blocked);
	if (now->pending & ~before->pending)
		difference_add(ret, "LEFTOVER pending thread %d (%s) %016" PRIx64, now->id,
			now->name, now->pending);
	if (now->seccomp != before->seccomp || now->no_new_privileges != before->no_new_privileges)
		difference_add(ret, "LEFTOVER seccomp thread %d (%s) %u %u", now->id, now->name,
			now->seccomp, now->no_new_privileges);
}

static void compare_tasks(
	const struct state *before, const struct state *now, struct difference_list *ret)
{
	for (size_t i = 0; i < now->task_count; i++) {
		const struct state_task *task = &now->tasks[i];
		const struct state_task *old = bsearch(
			task, before->tasks, before->task_count, sizeof(*task), state_order_tasks);

		if (old)
			compare_task(old, task, ret);
		else
			difference_add(ret, "LEFTOVER thread %d (%s) %c", task->id, task->name,
				task->state);
	}
	for (size_t i = 0; i < before->task_count; i++) {
		const struct state_task *task = &before->tasks[i];

		if (!bsearch(task, now->tasks, now->task_count, sizeof(*task), state_order_tasks))
			difference_add(ret, "LEFTOVER lost thread %d (%s)", task->id, task->name);
	}
}

static const char *link_of(const struct state *state, int number)
{
	for (size_t i = 0; i < state->descriptor_count; i++)
		if (state->descriptors[i].number == number)
			return state->descriptors[i].link;
	return NULL;
}

void state_forget_passing(struct state *before, const struct state *now)
{
	size_t kept = 0;

	for (size_t i = 0; i < before->descriptor_count; i++) {
		struct state_descriptor descriptor = before->descriptors[i];
		const char *link = link_of(now, descriptor.number);

		if (link && strcmp(link, descriptor.link) == 0)
			before->descriptors[kept++] = descriptor;
		else
			free(descriptor.link);
	}
	before->descriptor_count = kept;
}

static void compare_descriptors(
	const struct state *before, const struct state *now, struct difference_list *ret)
{
	for (size_t i = 0; i < now->descriptor_count; i++) {
		const struct state_descriptor *descriptor = &now->descriptors[i];
		const char *link = link_of(before, descriptor->number);

		if (!link || strcmp(link, descriptor->link) != 0)
			difference_add(ret, "LEFTOVER descriptor %d -> %s%s%s", descriptor->number,
				descriptor->link, link ? ", was " : "", link ? link : "");
	}
	for (size_t i = 0; i < before->descriptor_count; i++)
		if (!link_of(now, before->descriptors[i].number))
			difference_add(ret, "LEFTOVER lost descriptor %d -> %s",
				before->descriptors[i].number, before->descriptors[i].link);
}

/* glibc's own, 32 and 33: it installs their handlers with the first thread of a process. */
#define OF_THREADS (UINT64_C(3) << 31)

static void compare_signals(
	const struct state *before, const struct state *now, struct difference_list *ret)
{
	if (now->ignored != before->ignored || ((now->caught ^ before->caught) & ~OF_THREADS))
		difference_add(ret,
			"LEFTOVER dispositions ignored %016" PRIx64 " caught %016" PRIx64
			", were %016" PRIx64 " %016" PRIx64,
			now->ignored, now->caught, before->ignored, before->caught);
	if (now->shared_pending & ~before->shared_pending)
		difference_add(ret, "LEFTOVER pending process %016" PRIx64, now->shared_pending);
}

void state_compare(const struct state *before, const struct state *now, bool allocates,
	struct difference_list *ret)
{
	compare_tasks(before, now, ret);
	compare_signals(before, now, ret);
	state_compare_mappings(before, now, allocates, ret);
	compare_descriptors(before, now, ret);
}
