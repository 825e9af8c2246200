#include "target/target.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/quantity.h"

static const char *const capture_texts[CAPTURE_OUTCOME_COUNT] = {
	[CAPTURE_DONE] = "captured",
	[CAPTURE_ASLEEP] = "thread is asleep",
	[CAPTURE_THREAD_GONE] = "thread exited",
	[CAPTURE_NOT_STOPPED] = "thread did not stop in time",
	[CAPTURE_SUSPENDED] = "thread is suspended by a signal",
	[CAPTURE_STACK_UNREADABLE] = "stack could not be read",
	[CAPTURE_FOREIGN] = "thread runs 32-bit code",
	[CAPTURE_TRACED] = "thread is traced by somebody else",
};

const char *capture_outcome_text(enum capture_outcome outcome)
{
	return capture_texts[outcome];
}

static const char *const filters_texts[FILTERS_OUTCOME_COUNT] = {
	[FILTERS_READ] = "filters were read",
	[FILTERS_THREAD_GONE] = "thread exited",
	[FILTERS_NOT_STOPPED] = "thread did not stop in time",
	[FILTERS_TRACED] = "thread is traced by somebody else",
	[FILTERS_NO_RIGHT] = "limpet lacks CAP_SYS_ADMIN on the host",
	[FILTERS_CONFINED] = "limpet is confined by seccomp itself",
	[FILTERS_NOT_RECORDED] = "kernel keeps no record of them",
	[FILTERS_TOO_MANY] = "there are too many of them",
};

const char *filters_outcome_text(enum filters_outcome outcome)
{
	return filters_texts[outcome];
}

void seccomp_filters_deinit(struct seccomp_filters *filters)
{
	free(filters->programs);
	free(filters->items);
	*filters = (struct seccomp_filters){0};
}

void target_destroy(struct target *target)
{
	if (!target)
		return;
	free(target->identity.name);
	free(target->identity.executable);
	free(target->identity.alias);
	target->operations->destroy(target);
}

static struct error *not_possible(const struct target *target, const char *what)
{
	return error_create(ERROR_UNSUPPORTED, "cannot %s: '%s' is a recording, not a live process",
		what, target->identity.name);
}

struct error *target_list_threads(struct target *target, struct thread_array *ret)
{
	return target->operations->list_threads(target, ret);
}

struct error *target_refresh_threads(struct target *target, struct thread *threads, size_t count)
{
	if (!target->operations->refresh_threads)
		return not_possible(target, "read the CPU times of single threads");
	return target->operations->refresh_threads(target, threads, count);
}

bool target_thread_status(struct target *target, pid_t thread, struct thread_status *ret)
{
	return target->operations->thread_status(target, thread, ret);
}

struct error *target_find_thread(struct target *target, pid_t inside, pid_t *ret)
{
	CLEANUP(thread_array_deinit) struct thread_array threads = {0};
	struct error *error = target_list_threads(target, &threads);

	/* The last ones first: who asks for one asks for a new one. */
	for (size_t i = threads.count; !error && i-- > 0;) {
		struct thread_status status;

		if (!target_thread_status(target, threads.items[i].id, &status) ||
			status.inside != inside)
			continue;
		*ret = threads.items[i].id;
		return NULL;
	}
	return error ? error : error_create(ERROR_NOT_FOUND, "no thread is number %d", inside);
}

uint64_t target_asleep_for(struct target *target, pid_t thread)
{
	return target->operations->asleep_for ? target->operations->asleep_for(target, thread) : 0;
}

uint64_t target_receive_time_out(struct target *target, int descriptor)
{
	return target->operations->receive_time_out
		       ? target->operations->receive_time_out(target, descriptor)
		       : 0;
}

bool target_read_sleeper(
	struct target *target, pid_t thread, const struct stack_wish *wish, struct sleeper *ret)
{
	return target->operations->read_sleeper &&
	       target->operations->read_sleeper(target, thread, wish, ret);
}

struct error *target_list_mappings(struct target *target, struct mappings *ret)
{
	return target->operations->list_mappings(target, ret);
}

size_t target_read(struct target *target, uint64_t address, void *buffer, size_t length)
{
	return target->operations->read(target, address, buffer, length);
}

static size_t read_through(void *context, uint64_t address, void *buffer, size_t length)
{
	return target_read(context, address, buffer, length);
}

struct memory_reader target_reader(struct target *target)
{
	return (struct memory_reader){read_through, target};
}

struct error *target_open_mapping(struct target *target, const struct mapping *mapping, int *ret_fd)
{
	return target->operations->open_mapping(target, mapping, ret_fd);
}

bool target_root(struct target *target, char ret[static TARGET_ROOT_SIZE])
{
	ret[0] = '\0';
	if (!target->operations->root)
		return false;
	target->operations->root(target, ret);
	return true;
}

const char *target_build_id(struct target *target, const struct mapping *mapping)
{
	return target->operations->build_id ? target->operations->build_id(target, mapping) : "";
}

struct error *target_open_trusted(struct target *target, const char *path, int *ret_fd)
{
	if (!target->operations->open_trusted)
		return not_possible(target, "open its files");
	return target->operations->open_trusted(target, path, ret_fd);
}

uint64_t target_own_cpu_time(struct target *target)
{
	uint64_t tracer = 0;

	if (target->operations->tracer_time)
		tracer = target->operations->tracer_time(target);
	return clock_own_cpu() + tracer;
}

struct error *target_cpu_time(struct target *target, uint64_t *ret)
{
	return target->operations->cpu_time(target, ret);
}

bool thread_is_meant(const char *text, pid_t thread, const char *name)
{
	uint64_t id;

	return strcmp(text, name) == 0 || (parse_unsigned(text, &id) && id == (uint64_t)thread);
}

struct error *target_memory_use(struct target *target, struct target_memory *ret)
{
	if (!target->operations->memory_use)
		return not_possible(target, "tell how much memory it uses");
	return target->operations->memory_use(target, ret);
}

struct error *target_resident_size(struct target *target, uint64_t *ret)
{
	if (!target->operations->resident_size)
		return not_possible(target, "tell how much memory it uses");
	return target->operations->resident_size(target, ret);
}

struct error *target_read_figures(
	struct target *target, bool descriptors, struct target_figures *ret)
{
	if (!target->operations->figures)
		return not_possible(target, "be waited for");
	return target->operations->figures(target, descriptors, ret);
}

struct error *target_open_end(struct target *target, int *ret_fd)
{
	if (!target->operations->open_end)
		return not_possible(target, "be waited for");
	return target->operations->open_end(target, ret_fd);
}

struct error *target_capture(
	struct target *target, uint64_t time, struct capture *captures, size_t count)
{
	return target->operations->capture(target, time, captures, count);
}

bool target_has_series(const struct target *target)
{
	return target->operations->capture_series != NULL;
}

struct error *target_capture_series(struct target *target, struct capture_series *series)
{
	if (!target_has_series(target))
		return not_possible(target, "capture threads again and again");
	return target->operations->capture_series(target, series);
}

struct error *target_open_memory(struct target *target, int *ret_fd)
{
	if (!target->operations->open_memory)
		return not_possible(target, "write memory");
	return target->operations->open_memory(target, ret_fd);
}

struct error *target_find_descriptors(
	struct target *target, const char *path, struct descriptor_array *ret)
{
	if (!target->operations->find_descriptors)
		return not_possible(target, "list open files");
	return target->operations->find_descriptors(target, path, ret);
}

struct error *target_claim(struct target *target)
{
	if (!target->operations->claim)
		return not_possible(target, "call a function");
	return target->operations->claim(target);
}

void target_release(struct target *target)
{
	if (target->operations->release)
		target->operations->release(target);
}

struct error *target_borrow(struct target *target, struct borrow *borrow)
{
	if (!target->operations->borrow)
		return not_possible(target, "call a function");
	return target->operations->borrow(target, borrow);
}

struct error *target_seccomp_filters(
	struct target *target, pid_t thread, struct seccomp_filters *ret)
{
	if (!target->operations->seccomp_filters)
		return not_possible(target, "read seccomp filters");
	return target->operations->seccomp_filters(target, thread, ret);
}

uint64_t target_now(struct target *target)
{
	return target->operations->now(target);
}

struct error *target_wait_until(struct target *target, uint64_t time)
{
	return target->operations->wait_until(target, time);
}
