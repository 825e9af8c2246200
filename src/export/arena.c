#include "export/arena.h"

#include <stdint.h>
#include <stdlib.h>

#define ALIGNMENT   16
#define FIRST_BLOCK (64 * 1024)

struct arena_block {
	struct arena_block *older;
	size_t capacity;
	_Alignas(ALIGNMENT) uint8_t bytes[];
};

static bool add_block(struct arena *arena, size_t size)
{
	size_t capacity = arena->newest ? arena->newest->capacity * 2 : FIRST_BLOCK;

	if (capacity < size)
		capacity = size;
	struct arena_block *block = malloc(sizeof(*block) + capacity);
	if (!block)
		return false;
	block->older = arena->newest;
	block->capacity = capacity;
	arena->newest = block;
	arena->used = 0;
	return true;
}

void *arena_allocate(struct arena *arena, size_t size)
{
	bool fits = size <= SIZE_MAX / 4;

	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (fits && (!arena->newest || arena->newest->capacity - arena->used < size))
		fits = add_block(arena, size);
	if (!fits) {
		arena->failed = true;
		return NULL;
	}
	void *piece = arena->newest->bytes + arena->used;
	arena->used += size;
	return piece;
}

static void free_blocks(struct arena_block *block)
{
	while (block) {
		struct arena_block *older = block->older;

		free(block);
		block = older;
	}
}

void arena_reset(struct arena *arena)
{
	if (arena->newest) {
		free_blocks(arena->newest->older);
		arena->newest->older = NULL;
	}
	arena->used = 0;
	arena->failed = false;
}

void arena_deinit(struct arena *arena)
{
	free_blocks(arena->newest);
	*arena = (struct arena){0};
}
