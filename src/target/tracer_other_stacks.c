#include <string.h>

#include "target/tracer_stop.h"

/* As many pairs as there can be in a copy of a stack. */
#define PAIRS_MAX (CAPTURE_STACK_MAX / 16)

/*
 * Where the chain of frame pointers (x86-64 psABI 3.4.1) leaves the copy of the thread's stack; 0:
 * it ends in there, or is none.
 */
static uint64_t follow_frame_pointers(
	const struct tracer_item *item, const uint8_t *copy, uint64_t pointer)
{
	for (size_t i = 0; i < PAIRS_MAX && pointer && pointer % sizeof(pointer) == 0; i++) {
		uint64_t offset = pointer - item->stack_address, next;

		if (offset >= item->stack_length || item->stack_length - offset < sizeof(next))
			return pointer;
		memcpy(&next, copy + offset, sizeof(next));
		/* Upwards, or to another stack, but never back. */
		if (next <= pointer && next >= item->stack_address)
			return 0;
		pointer = next;
	}
	return 0;
}

static size_t read_other(
	struct tracer_shared *shared, struct tracer_item *item, size_t number, uint64_t address)
{
	uint8_t *place =
		shared->arena + item->stack_offset + CAPTURE_STACK_MAX + number * CAPTURE_OTHER_MAX;

	item->other_addresses[number] = address;
	item->other_lengths[number] =
		stop_read_memory(item->thread, address, place, item->other_wanted);
	return item->other_lengths[number];
}

void stop_copy_other_stacks(
	struct tracer_shared *shared, struct tracer_item *item, const struct registers *registers)
{
	uint64_t found = follow_frame_pointers(
		item, shared->arena + item->stack_offset, registers->values[REGISTER_RBP]);

	/* Below may be the end of a mapping. */
	if (found && !read_other(shared, item, 0, found - CAPTURE_OTHER_BELOW))
		read_other(shared, item, 0, found);
	if (item->other_address)
		read_other(shared, item, 1, item->other_address);
}
