#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Memory that is handed out piece by piece and taken back all at once: for unpacking many small
 * messages. A zeroed struct is empty.
 */
struct arena {
	struct arena_block *newest; /* the only one that has room */
	size_t used;                /* of the newest block */
	bool failed;                /* memory ran out since the last reset */
};

/* Aligned to 16; NULL if memory ran out. */
void *arena_allocate(struct arena *arena, size_t size);
void arena_reset(struct arena *arena);
void arena_deinit(struct arena *arena);
