#pragma once

#include <stdint.h>

#include "push/pusher.h"

/* How long to wait before the next attempt: twice as long each time, less a random part. */
struct push_pause {
	uint64_t first, longest, now; /* ns */
	uint64_t random;
};

void push_pause_init(const struct push_options *options, struct push_pause *ret);
/* ns from now; never less than the server asks for (0: for nothing). */
uint64_t push_pause_next(struct push_pause *pause, uint64_t retry_after);
/* It went well. */
void push_pause_reset(struct push_pause *pause);
