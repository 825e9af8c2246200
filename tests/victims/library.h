#pragma once

/* A way through functions of the same kind: one calls the next, and the last one does what is
 * asked. */
struct way {
	void (*const *functions)(const struct way *way, unsigned at, unsigned left);
	unsigned count;
	void (*end)(void);
};
