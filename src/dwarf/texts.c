#include "dwarf/texts.h"

#include <stdlib.h>

#define BLOCK_SIZE ((size_t)64 * 1024)
#define TOTAL_MAX  ((size_t)4 * 1024 * 1024)

struct dwarf_texts_block {
	struct dwarf_texts_block *next;
	size_t used, size;
	char bytes[];
};

bool dwarf_texts_hold(const struct dwarf_texts *texts, size_t size)
{
	return texts->total <= TOTAL_MAX && size <= TOTAL_MAX - texts->total;
}

char *dwarf_texts_take(struct dwarf_texts *texts, size_t size)
{
	struct dwarf_texts_block *block = texts->blocks;

	if (!block || size > block->size - block->used) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		block = malloc(sizeof(*block) + room);
		if (!block)
			return NULL;
		*block = (struct dwarf_texts_block){.next = texts->blocks, .size = room};
		texts->blocks = block;
	}
	block->used += size;
	texts->total += size;
	return block->bytes + block->used - size;
}

void dwarf_texts_clear(struct dwarf_texts *texts)
{
	struct dwarf_texts_block *block = texts->blocks;

	while (block && block->next) {
		struct dwarf_texts_block *next = block->next;

		free(block);
		block = next;
	}
	if (block)
		block->used = 0;
	texts->blocks = block;
	texts->total = 0;
}

void dwarf_texts_deinit(struct dwarf_texts *texts)
{
	dwarf_texts_clear(texts);
	free(texts->blocks);
	texts->blocks = NULL;
}
