#include "call/leftovers.h"

#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#include "arch/agent.h"
#include "base/cleanup.h"

static struct error *is_minded(struct target *target, bool *ret)
{
	CLEANUP(thread_array_deinit) struct thread_array threads = {0};
	struct error *error = target_list_threads(target, &threads);
	struct thread_status status;

	*ret = false;
	for (size_t i = 0; !error && !*ret && i < threads.count; i++)
		*ret = target_thread_status(target, threads.items[i].id, &status) &&
		       strcmp(status.name, AGENT_NAME_TEXT) == 0;
	return error;
}

/* The page with the code, which begins with where it is and with limpet's name. */
static bool is_area(struct target *target, const struct mapping *mapping)
{
	struct {
		uint64_t entry;
		char name[8];
	} beginning;

	return mapping->executable && !mapping->writable &&
	       mapping->end - mapping->start == AGENT_PAGE &&
	       target_read(target, mapping->start, &beginning, sizeof(beginning)) ==
		       sizeof(beginning) &&
	       beginning.entry - mapping->start < AGENT_PAGE &&
	       memcmp(beginning.name, AGENT_NAME_TEXT, sizeof(beginning.name)) == 0;
}

/*
 * A thread that leaves says so before it ends, and something without a name takes its memory away
 * then, if that is possible. One that is just starting has not said yet that it is ready.
 */
static bool is_abandoned(struct target *target, uint64_t area)
{
	uint64_t state_address = area + AGENT_BLOCK + offsetof(struct agent_block, state), state;
	struct agent_parameters parameters;

	if (target_read(target, state_address, &state, sizeof(state)) != sizeof(state) ||
		target_read(target, area + AGENT_PARAMETERS, &parameters, sizeof(parameters)) !=
			sizeof(parameters))
		return false;
	return state == AGENT_STATE_READY ||
	       (state == AGENT_STATE_LEAVING && !parameters.thread_exit);
}

static struct error *find_areas(struct target *target, struct leftovers *ret)
{
	struct mappings mappings;
	struct error *error = target_list_mappings(target, &mappings);

	if (error)
		return error;
	for (size_t i = 0; i + 1 < mappings.list.count && ret->area_count < LEFTOVERS_MAX; i++) {
		const struct mapping *mapping = &mappings.list.items[i];

		/* The rest may be one with a neighbour. */
		if (is_area(target, mapping) && is_abandoned(target, mapping->start) &&
			mapping[1].start == mapping->end &&
			mapping[1].end >= mapping->start + AGENT_SIZE)
			ret->areas[ret->area_count++] = mapping->start;
	}
	mappings_deinit(&mappings);
	return NULL;
}

static struct error *find_descriptors(struct target *target, struct leftovers *ret)
{
	CLEANUP(descriptor_array_deinit) struct descriptor_array found = {0};
	struct error *error = target_find_descriptors(target, CALL_MEMORY_FILE_LINK, &found);

	for (size_t i = 0; !error && i < found.count && i < LEFTOVERS_MAX; i++)
		ret->descriptors[ret->descriptor_count++] = found.items[i];
	return error;
}

struct error *leftovers_find(struct target *target, struct leftovers *ret)
{
	bool minded = false;
	struct error *error;

	*ret = (struct leftovers){0};
	error = find_areas(target, ret);
	if (!error)
		error = find_descriptors(target, ret);
	/* Afterwards, and seldom: there may be thousands of threads. */
	if (!error && ret->area_count + ret->descriptor_count)
		error = is_minded(target, &minded);
	/* A thread that was there before, and is not now, has said that it leaves. */
	for (size_t i = 0; i < ret->area_count; i++)
		minded = minded || !is_abandoned(target, ret->areas[i]);
	if (minded)
		*ret = (struct leftovers){0};
	return error;
}

void leftovers_order(const struct leftovers *leftovers, struct call_order *order)
{
	call_order_reset(order);
	for (size_t i = 0; i < leftovers->area_count; i++)
		order->items[order->count++] = (struct call_item){
			.number = SYS_munmap, .arguments = {leftovers->areas[i], AGENT_SIZE}};
	for (size_t i = 0; i < leftovers->descriptor_count; i++)
		order->items[order->count++] = (struct call_item){
			.number = SYS_close, .arguments = {(uint64_t)leftovers->descriptors[i]}};
}
