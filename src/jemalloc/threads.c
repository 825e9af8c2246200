#include "jemalloc/threads.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define PATIENCE_FOR_EACH (20 * NANOSECONDS_PER_MILLISECOND)
#define PATIENCE_FOR_ONE  (2 * NANOSECONDS_PER_SECOND)

/* Those of the profiler last: what they make jemalloc allot is not in the others. */
static const struct mallctl_reading readings[THREAD_VALUE_COUNT] = {
	[THREAD_ALLOCATED] = {"thread.allocated", MALLCTL_UINT64, ENOENT, {0}},
	[THREAD_DEALLOCATED] = {"thread.deallocated", MALLCTL_UINT64, ENOENT, {0}},
	[THREAD_ACTIVE] = {"thread.prof.active", MALLCTL_BOOL, ENOENT, {0}},
	[THREAD_NAME] = {"thread.prof.name", MALLCTL_STRING, ENOENT, {0}},
};

void jemalloc_threads_free(struct jemalloc_threads *threads)
{
	ARRAY_FOR_EACH (thread, threads)
		mallctl_readings_deinit(thread->values, THREAD_VALUE_COUNT);
	jemalloc_threads_deinit(threads);
}

static struct error *list_threads(
	struct jemalloc *jemalloc, struct target *target, struct jemalloc_threads *list)
{
	CLEANUP(thread_array_deinit) struct thread_array threads = {0};
	struct agent_presence presence = {0};
	struct error *error = target_list_threads(target, &threads);

	caller_presence(jemalloc->caller, &presence);
	for (size_t i = 0; !error && i < threads.count; i++) {
		struct jemalloc_thread thread = {
			.id = threads.items[i].id, .refusal = REFUSAL_NOT_CAPTURED};
		struct thread_status status;

		if (thread.id == presence.thread ||
			!target_thread_status(target, thread.id, &status))
			continue;
		memcpy(thread.name, status.name, sizeof(thread.name));
		memcpy(thread.values, readings, sizeof(readings));
		error = jemalloc_threads_append(list, thread);
	}
	return error;
}

static struct error *ask(
	struct jemalloc *jemalloc, struct jemalloc_thread *thread, bool profiled, uint64_t patience)
{
	size_t count = profiled ? THREAD_VALUE_COUNT : THREAD_ACTIVE;
	struct error *error;

	caller_choose_thread(jemalloc->caller, thread->id, patience);
	error = mallctl_read_all(jemalloc, thread->values, count);
	thread->refusal = caller_refusal(jemalloc->caller);
	caller_choose_thread(jemalloc->caller, 0, 0);
	if (!thread->refusal)
		return error;
	error_destroy(error);
	return NULL;
}

static bool may_be_asked_later(enum thread_refusal refusal)
{
	switch (refusal) {
	case REFUSAL_NONE:
	case REFUSAL_EXITED:
	case REFUSAL_SECCOMP:
	case REFUSAL_SHADOW_STACK:
	case REFUSAL_ALLOCATOR_THREAD:
	case REFUSAL_LIMPET:
		return false;
	default:
		return true;
	}
}

/* Those that nothing was asked yet; *ret_left: whether some may answer another time. */
static struct error *ask_all(struct jemalloc *jemalloc, struct jemalloc_threads *threads,
	bool profiled, uint64_t deadline, bool *ret_left)
{
	const struct call_wait *wait = &jemalloc->wait;
	struct error *error = NULL;

	*ret_left = false;
	ARRAY_FOR_EACH (thread, threads) {
		bool in_time = clock_monotonic() < deadline;

		if (!may_be_asked_later(thread->refusal))
			continue;
		if (wait->interrupted && wait->interrupted(wait->context))
			return error_create(ERROR_INTERRUPTED, "did not ask all threads");
		error = ask(jemalloc, thread, profiled, in_time ? PATIENCE_FOR_EACH : 0);
		if (error)
			return error;
		*ret_left |= may_be_asked_later(thread->refusal);
	}
	return NULL;
}

struct error *jemalloc_threads_read(struct jemalloc *jemalloc, struct target *target, bool profiled,
	uint64_t patience, struct jemalloc_threads *ret)
{
	CLEANUP(jemalloc_threads_free) struct jemalloc_threads threads = {0};
	uint64_t deadline = clock_monotonic() + patience;
	struct error *error = list_threads(jemalloc, target, &threads);
	bool left = true;

	if (!error)
		error = ask_all(jemalloc, &threads, profiled, deadline, &left);
	while (!error && left && clock_monotonic() < deadline)
		error = ask_all(jemalloc, &threads, profiled, deadline, &left);
	if (error)
		return error;
	*ret = threads;
	threads = (struct jemalloc_threads){0};
	return NULL;
}

struct error *jemalloc_thread_set_active(
	struct jemalloc *jemalloc, pid_t thread, bool active, bool *ret_before)
{
	const struct mallctl_value value = {.type = MALLCTL_BOOL, .boolean = active};
	struct mallctl_value before;
	struct error *error;

	caller_choose_thread(jemalloc->caller, thread, PATIENCE_FOR_ONE);
	error = mallctl_exchange(jemalloc, readings[THREAD_ACTIVE].name, &value, &before);
	caller_choose_thread(jemalloc->caller, 0, 0);
	if (!error)
		*ret_before = before.boolean;
	return error;
}

/* Before it is written: jemalloc frees the former name then. */
static struct error *read_name(struct jemalloc *jemalloc, char **ret)
{
	struct mallctl_reading asked[] = {
		{"opt.prof_sys_thread_name", MALLCTL_BOOL, 0, {0}}, readings[THREAD_NAME]};
	struct error *error = mallctl_read_all(jemalloc, asked, ARRAY_SIZE(asked));

	if (error)
		return error;
	if (!asked[0].result && asked[0].value.boolean)
		error = error_create(ERROR_UNSUPPORTED,
			"this jemalloc calls threads in its dumps as the system does "
			"(opt.prof_sys_thread_name), and takes no other names");
	else if (asked[1].result)
		error = mallctl_explain(jemalloc, asked[1].name, asked[1].result);
	else
		*ret = TAKE_POINTER(asked[1].value.text);
	mallctl_readings_deinit(asked, ARRAY_SIZE(asked));
	return error;
}

struct error *jemalloc_thread_set_name(
	struct jemalloc *jemalloc, pid_t thread, const char *name, char **ret_before)
{
	CLEANUP(cleanup_free) char *text = strdup(name);
	CLEANUP(cleanup_free) char *before = NULL;
	const struct mallctl_value value = {.type = MALLCTL_STRING, .text = text};
	struct error *error;

	if (!text)
		return &error_no_memory;
	caller_choose_thread(jemalloc->caller, thread, PATIENCE_FOR_ONE);
	error = read_name(jemalloc, &before);
	if (!error)
		error = mallctl_write(jemalloc, readings[THREAD_NAME].name, &value);
	caller_choose_thread(jemalloc->caller, 0, 0);
	if (!error)
		*ret_before = TAKE_POINTER(before);
	return error;
}
