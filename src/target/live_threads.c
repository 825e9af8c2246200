#include "target/live_threads.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/quantity.h"
#include "target/proc.h"
#include "target/thread_file.h"

/*
 * Descriptors that may stay open, each with some kB of the kernel's. Where there are more threads,
 * those that are asked for by themselves stay open.
 */
#define OPEN_MAX 512

static void close_times(struct live_threads *threads, struct live_thread *thread)
{
	if (thread->schedstat < 0)
		return;
	close(thread->schedstat);
	thread->schedstat = -1;
	threads->open--;
}

void live_threads_deinit(struct live_threads *threads)
{
	ARRAY_FOR_EACH (thread, &threads->known)
		close_times(threads, thread);
	live_thread_array_deinit(&threads->known);
}

static int compare_ids(const void *left, const void *right)
{
	const struct live_thread *a = left, *b = right;

	return (a->id > b->id) - (a->id < b->id);
}

static struct live_thread *find(struct live_threads *threads, size_t sorted, pid_t id)
{
	struct live_thread key = {.id = id};

	if (!sorted)
		return NULL;
	return bsearch(&key, threads->known.items, sorted, sizeof(key), compare_ids);
}

/* Adds new ids behind the sorted ones, and marks those that are there. */
static struct error *read_directory(struct live_threads *threads, DIR *directory)
{
	size_t sorted = threads->known.count;
	struct dirent *entry;

	while ((entry = readdir(directory))) {
		struct live_thread *thread;
		struct error *error;
		uint64_t id;

		if (!parse_unsigned(entry->d_name, &id))
			continue;
		thread = find(threads, sorted, (pid_t)id);
		if (thread) {
			thread->seen = true;
			continue;
		}
		error = live_thread_array_append(&threads->known,
			(struct live_thread){.id = (pid_t)id, .schedstat = -1, .seen = true});
		if (error)
			return error;
	}
	return NULL;
}

static void drop_unseen(struct live_threads *threads)
{
	size_t kept = 0;

	ARRAY_FOR_EACH (thread, &threads->known) {
		if (thread->seen)
			threads->known.items[kept++] = *thread;
		else
			close_times(threads, thread);
	}
	threads->known.count = kept;
}

static struct error *read_ids(struct live_threads *threads)
{
	struct error *error;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", threads->process);
	DIR *directory = opendir(path);
	if (!directory && errno == ENOENT)
		return error_create(ERROR_GONE, "process %d is gone", threads->process);
	if (!directory)
		return error_from_errno(errno, "cannot list %s", path);
	ARRAY_FOR_EACH (thread, &threads->known)
		thread->seen = false;
	error = read_directory(threads, directory);
	closedir(directory);
	drop_unseen(threads);
	if (threads->known.count)
		qsort(threads->known.items, threads->known.count, sizeof(struct live_thread),
			compare_ids);
	return error;
}

/* Kernels without schedstat count in ticks of 1/sysconf(_SC_CLK_TCK). */
static bool read_ticks(pid_t process, pid_t thread, uint64_t *ret)
{
	struct proc_stat stat;
	struct error *error = proc_read_stat(process, thread, &stat);

	if (error) {
		error_destroy(error);
		return false;
	}
	*ret = (stat.user_time + stat.system_time) * NANOSECONDS_PER_SECOND /
	       (uint64_t)sysconf(_SC_CLK_TCK);
	return true;
}

static void open_times(struct live_threads *threads, struct live_thread *thread)
{
	if (thread->schedstat >= 0)
		return;
	thread->schedstat = thread_file_open(threads->process, thread->id, "schedstat");
	threads->open += thread->schedstat >= 0;
}

/* keep: the file open, if there are not too many. */
static bool read_times(
	struct live_threads *threads, struct live_thread *thread, bool keep, struct thread *ret)
{
	char text[96];

	open_times(threads, thread);
	if (thread->schedstat < 0)
		return read_ticks(threads->process, thread->id, &ret->cpu_time);
	ssize_t length = pread(thread->schedstat, text, sizeof(text), 0);
	if (!keep || length <= 0 || threads->open > OPEN_MAX)
		close_times(threads, thread);
	if (length <= 0)
		return false;
	if (!proc_parse_arrivals(cursor_over(text, (size_t)length), &ret->runs))
		ret->runs = 0;
	return proc_parse_schedstat(cursor_over(text, (size_t)length), &ret->cpu_time);
}

struct error *live_threads_list(struct live_threads *threads, struct thread_array *ret)
{
	struct error *error = read_ids(threads);
	bool keep = threads->known.count <= OPEN_MAX;

	if (error)
		return error;
	ARRAY_FOR_EACH (thread, &threads->known) {
		struct thread listed = {.id = thread->id};
		bool read = read_times(threads, thread, keep || thread->asked, &listed);

		thread->asked = false;
		if (!read)
			continue;
		error = thread_array_append(ret, listed);
		if (error)
			return error;
	}
	return NULL;
}

void live_threads_refresh(struct live_threads *threads, struct thread *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct live_thread *thread = find(threads, threads->known.count, items[i].id);

		if (thread)
			thread->asked = true;
		if (!thread || !read_times(threads, thread, true, &items[i]))
			items[i].id = 0;
	}
}

static bool take(struct error *error)
{
	error_destroy(error);
	return !error;
}

bool live_threads_status(struct live_threads *threads, pid_t thread, struct thread_status *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct proc_system_call call;
	struct proc_status status;
	struct proc_stat stat;

	if (!take(proc_read_stat(threads->process, thread, &stat)) ||
		!take(proc_read_status(threads->process, thread, &status)))
		return false;
	*ret = (struct thread_status){
		.state = stat.state,
		.sleeps = status.sleeps,
		.inside = status.inside ? status.inside : thread,
		.system_call = -1,
		.caught_signals = status.caught_signals,
		.seccomp = status.seccomp,
		.seccomp_filters = status.seccomp_filters,
		.shadow_stack = status.shadow_stack,
	};
	memcpy(ret->name, stat.name, sizeof(ret->name));
	/* Not readable while it runs, or without the right to trace it: then it stays unknown. */
	if (take(proc_read(threads->process, thread, "syscall", &text)) &&
		proc_parse_system_call(cursor_over(text.items, text.count), &call)) {
		ret->system_call = call.number;
		ret->program_counter = call.program_counter;
		ret->stack_pointer = call.stack_pointer;
		memcpy(ret->arguments, call.arguments, sizeof(ret->arguments));
	}
	return true;
}

unsigned target_own_seccomp_filters(void)
{
	struct proc_status status;

	return take(proc_read_status(getpid(), 0, &status)) ? status.seccomp_filters : 0;
}
