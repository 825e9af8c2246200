#include <stdlib.h>
#include <string.h>

#include "target/snapshot.h"

/* A recording of any content is refused, or is a target that can be walked through to its end. */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void take(struct error *error)
{
	if (error)
		abort();
}

static void check_mappings(struct target *target)
{
	struct mappings mappings = {0};
	uint64_t end = 0;

	take(target_list_mappings(target, &mappings));
	ARRAY_FOR_EACH (mapping, &mappings.list) {
		if (mapping->start < end || mapping->end < mapping->start)
			abort();
		end = mapping->end;
		if (strlen(target_build_id(target, mapping)) > 128)
			abort();
	}
	mappings_deinit(&mappings);
}

static void check_capture(struct target *target, const struct thread *thread)
{
	struct capture capture = {.thread = thread->id,
		.wish.own = CAPTURE_STACK_MAX,
		.wish.other = CAPTURE_OTHER_MAX};
	struct thread_status status;
	uint8_t sum = 0;

	if (!target_thread_status(target, thread->id, &status) || status.name[15])
		abort();
	take(target_capture(target, 0, &capture, 1));
	for (size_t i = 0; i < capture.stack_length; i++)
		sum ^= capture.stack[i];
	for (int other = 0; other < OTHER_STACKS; other++)
		for (size_t i = 0; i < capture.others[other].length; i++)
			sum ^= capture.others[other].bytes[i];
	if (capture.outcome != CAPTURE_DONE && capture.outcome != CAPTURE_ASLEEP)
		abort();
	__asm__ volatile("" : : "r"(sum));
}

static void check_round(struct target *target)
{
	struct thread_array threads = {0};
	uint64_t time;

	take(target_cpu_time(target, &time));
	take(target_list_threads(target, &threads));
	ARRAY_FOR_EACH (thread, &threads)
		check_capture(target, thread);
	thread_array_deinit(&threads);
}

static bool next_round(struct target *target)
{
	uint64_t before = target_now(target);
	struct error *error = target_wait_until(target, before + 1);

	if (!error && target_now(target) < before)
		abort();
	if (!error)
		return true;
	if (error->kind != ERROR_GONE)
		abort();
	error_destroy(error);
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct target *target;
	struct error *error = snapshot_parse(bytes, length, ".", &target);

	if (error) {
		if (error->kind != ERROR_MALFORMED && error->kind != ERROR_NO_MEMORY)
			abort();
		error_destroy(error);
		return 0;
	}
	check_mappings(target);
	do
		check_round(target);
	while (next_round(target));
	target_destroy(target);
	return 0;
}
