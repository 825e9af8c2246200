#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"

/* A profile that waits. */
struct push_item {
	struct u8_array about;  /* push_message_write() */
	struct u8_array bytes;  /* the file */
	uint64_t failing_since; /* monotonic ns: first of the answers 5xx in a row; 0: none */
	bool suspect;           /* later ones were taken since */
};
ARRAY_DEFINE(push_items, struct push_item)

void push_item_deinit(struct push_item *item);

/* Oldest first, with a bound on the bytes of all. A zeroed one with a max is empty. */
struct push_queue {
	struct push_items items;
	uint64_t bytes, max;
};

/*
 * Takes over the item, also on failure, and drops as many of the oldest as it takes, or itself if
 * it is too large. outside: bytes that count, too.
 */
struct error *push_queue_add(struct push_queue *queue, struct push_item *item, uint64_t outside,
	uint64_t *ret_dropped) MUST_CHECK;
/* Takes one out; it is the caller's. */
struct push_item push_queue_take(struct push_queue *queue, size_t index);
/* Puts back what was taken out, where it was, or behind all. Takes it over, also on failure. */
struct error *push_queue_put_back(struct push_queue *queue, struct push_item *item, size_t index)
	MUST_CHECK;
void push_queue_deinit(struct push_queue *queue);
