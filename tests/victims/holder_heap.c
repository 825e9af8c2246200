/*
 * A heap of the victim holder, to be linked with the jemalloc whose public functions have the
 * prefix PREFIX, and compiled for each by tests/matrix: -DHEAP=NAME -DPREFIX=je_. Where jemalloc
 * comes by LD_PRELOAD its names are not known before.
 */
#include "holder_heap.h"

#include <stdint.h>
#include <stdio.h>

#include "victim.h"

#define JEMALLOC(name)           JEMALLOC_1(PREFIX, name)
#define JEMALLOC_1(prefix, name) JEMALLOC_2(prefix, name)
#define JEMALLOC_2(prefix, name) prefix##name

#define HOLD    HEAP_FUNCTION_1(hold, HEAP)
#define RELEASE HEAP_FUNCTION_1(release, HEAP)
#define FIGURES HEAP_FUNCTION_1(figures, HEAP)

void *JEMALLOC(malloc)(size_t size);
void JEMALLOC(free)(void *block);
int JEMALLOC(mallctl)(const char *name, void *old, size_t *old_length, void *new, size_t new_length)
	__attribute__((weak));

struct block {
	struct block *next;
};

static struct block *first;
static size_t held;

heap_hold HOLD;
heap_release RELEASE;
heap_figures FIGURES;

KEEP size_t HOLD(void)
{
	for (size_t i = 0; i < HEAP_BLOCKS; i++) {
		struct block *block = JEMALLOC(malloc)(HEAP_BLOCK);

		if (!block)
			return 0;
		block->next = first;
		first = block;
		held += HEAP_BLOCK;
	}
	return held;
}

void RELEASE(void)
{
	while (first) {
		struct block *block = first;

		first = block->next;
		JEMALLOC(free)(block);
	}
	held = 0;
}

static size_t figure(const char *name)
{
	size_t value = 0, length = sizeof(value);

	return JEMALLOC(mallctl)(name, &value, &length, NULL, 0) ? 0 : value;
}

const char *FIGURES(void)
{
	static char text[256];
	const char *version = "none";
	size_t length = sizeof(version);
	uint64_t epoch = 1;

	if (!JEMALLOC(mallctl))
		return "no mallctl";
	JEMALLOC(mallctl)("epoch", NULL, NULL, &epoch, sizeof(epoch));
	JEMALLOC(mallctl)("version", &version, &length, NULL, 0);
	snprintf(text, sizeof(text), "%s %zu %zu %zu %zu %zu", version, figure("stats.allocated"),
		figure("stats.active"), figure("stats.metadata"), figure("stats.resident"),
		figure("stats.mapped"));
	return text;
}
