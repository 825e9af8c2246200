/*
 * heap500 [CHURNERS]: 500 MiB held by three functions, in blocks of jemalloc's own size classes.
 * Commands: "allocate", answered by a line "FUNCTION BYTES" for each and "allocated"; "free",
 * answered by "freed"; "check", answered by "ok" if every held block is as it was written. So many
 * threads churner-N allocate and free without a pause. The main thread is otherwise in read(0).
 *
 * Without MALLOC_CONF=prof:true it is a process whose jemalloc was started without the profiler.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "victim.h"

#define KIB           1024UL
#define MIB           (1024 * KIB)
#define MOST_CHURNERS 64
#define CHURN_SLOTS   64
#define CHURN_LARGEST 30000

/* Held blocks form a list inside of themselves, so nothing but them is on the heap. */
struct block {
	struct block *next;
	size_t size;
	uintptr_t mark;
};

struct held {
	const char *function;
	void (*hold)(struct held *held);
	size_t block_size;
	size_t total;
	size_t bytes; /* held now */
	struct block *first;
};

static void keep_block(struct held *held, struct block *block)
{
	if (!block)
		fail("out of memory");
	block->next = held->first;
	block->size = held->block_size;
	block->mark = ~(uintptr_t)block;
	held->first = block;
	held->bytes += held->block_size;
}

/* Each calls malloc() itself: it is the one that the profile must show. */
KEEP static void hold_small(struct held *held)
{
	while (held->bytes < held->total)
		keep_block(held, malloc(held->block_size));
}

KEEP static void hold_medium(struct held *held)
{
	while (held->bytes < held->total)
		keep_block(held, malloc(held->block_size));
}

KEEP static void hold_large(struct held *held)
{
	while (held->bytes < held->total)
		keep_block(held, malloc(held->block_size));
}

static struct held all_held[] = {
	{"hold_small", hold_small, KIB, 100 * MIB, 0, NULL},
	{"hold_medium", hold_medium, 64 * KIB, 152 * MIB, 0, NULL},
	{"hold_large", hold_large, 4 * MIB, 248 * MIB, 0, NULL},
};
#define HELD_COUNT (sizeof(all_held) / sizeof(all_held[0]))

KEEP static void allocate_all(void)
{
	for (size_t i = 0; i < HELD_COUNT; i++) {
		all_held[i].hold(&all_held[i]);
		say("%s %zu", all_held[i].function, all_held[i].bytes);
	}
	say("allocated");
}

static void free_all(void)
{
	for (size_t i = 0; i < HELD_COUNT; i++) {
		while (all_held[i].first) {
			struct block *block = all_held[i].first;

			all_held[i].first = block->next;
			free(block);
		}
		all_held[i].bytes = 0;
	}
	say("freed");
}

static void check_all(void)
{
	for (size_t i = 0; i < HELD_COUNT; i++) {
		const struct held *held = &all_held[i];

		for (const struct block *block = held->first; block; block = block->next) {
			if (block->size != held->block_size || block->mark != ~(uintptr_t)block) {
				say("bad block in %s", held->function);
				return;
			}
		}
	}
	say("ok");
}

KEEP static void *churn(void *unused)
{
	void *slots[CHURN_SLOTS] = {NULL};
	unsigned int seed = 1;

	(void)unused;
	for (size_t i = 0;; i = (i + 1) % CHURN_SLOTS) {
		free(slots[i]);
		slots[i] = malloc(1 + (size_t)rand_r(&seed) % CHURN_LARGEST);
		if (!slots[i])
			fail("out of memory");
		memset(slots[i], 0xa5, 1);
	}
	return NULL;
}

static const struct {
	const char *name;
	void (*run)(void);
} commands[] = {
	{"allocate", allocate_all},
	{"free", free_all},
	{"check", check_all},
};

static void run_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(name, commands[i].name) == 0) {
			commands[i].run();
			return;
		}
	}
	say("no command '%s'", name);
}

int main(int count, char **arguments)
{
	static char names[MOST_CHURNERS][16];
	long churners = number_argument(count, arguments, 1, 0);
	char line[32];

	victim_start();
	if (churners > MOST_CHURNERS)
		fail("at most %d churners", MOST_CHURNERS);
	for (long i = 0; i < churners; i++) {
		snprintf(names[i], sizeof(names[i]), "churner-%ld", i + 1);
		spawn(names[i], churn, NULL);
	}
	say("ready");
	for (;;) {
		read_command(line, sizeof(line));
		run_command(line);
	}
}
