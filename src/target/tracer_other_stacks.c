#include <string.h>

#include "target/tracer_stop.h"

/* As many pairs as there can be in a copy of a stack. */
#define PAIRS_MAX (CAPTURE_STACK_MAX / 16)

/* The last one is where the address is known, the others are where frame pointers lead to. */
#define KNOWN_OTHER (OTHER_STACKS - 1)

/*
 * Where the chain of frame pointers (x86-64 psABI 3.4.1) leaves a copy; 0: it ends in there, or is
 * none.
 */
static uint64_t follow_frame_pointers(const struct stack_copy *copy, uint64_t pointer)
{
	for (size_t i = 0; i < PAIRS_MAX && pointer && pointer % sizeof(pointer) == 0; i++) {
		uint64_t offset = pointer - copy->address, next;

		if (offset >= copy->length || copy->length - offset < sizeof(next))
			return pointer;
		memcpy(&next, copy->bytes + offset, sizeof(next));
		/* Upwards, or to another stack, but never back. */
		if (next <= pointer && next >= copy->address)
			return 0;
		pointer = next;
	}
	return 0;
}

static struct stack_copy read_other(
	struct tracer_shared *shared, struct tracer_item *item, size_t number, uint64_t address)
{
	uint8_t *place = shared->arena + arena_other(item, number);

	item->other_addresses[number] = address;
	item->other_lengths[number] =
		stop_read_memory(item->thread, address, place, item->wish.other);
	return (struct stack_copy){address, place, item->other_lengths[number]};
}

void stop_copy_other_stacks(
	struct tracer_shared *shared, struct tracer_item *item, const struct registers *registers)
{
	struct stack_copy copy = {
		item->stack_address, shared->arena + item->stack_offset, item->stack_length};
	uint64_t pointer = registers->values[REGISTER_RBP];

	for (size_t i = 0; i < KNOWN_OTHER && copy.length; i++) {
		pointer = follow_frame_pointers(&copy, pointer);
		if (!pointer)
			break;
		copy = read_other(shared, item, i, pointer - CAPTURE_OTHER_BELOW);
		/* Below may be the end of a mapping. */
		if (!copy.length)
			copy = read_other(shared, item, i, pointer);
	}
	if (item->wish.other_address)
		read_other(shared, item, KNOWN_OTHER, item->wish.other_address);
}
