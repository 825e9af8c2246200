/*
 * leaks: a thread keeps 64 KiB more every 4 ms (leak_step), and has a cache that it fills to 16 MiB
 * and empties (fill_cache), and a table of 8 MiB that it had from the start and makes anew, row by
 * row, all the time (keep_table). Answers "leaked" with the bytes that leak_step keeps.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answers.h"
#include "victim.h"
#include "waits.h"

#define KIB         1024UL
#define BLOCK       (64 * KIB)
#define CACHE_SLOTS 256
#define TABLE_SLOTS 128
#define PAUSE       4000000 /* ns */

struct kept {
	struct kept *next;
};

static struct kept *kept;
static _Atomic size_t leaked;
static void *cache[CACHE_SLOTS], *table[TABLE_SLOTS];
static size_t cached, row;

static void *filled(void *block)
{
	if (!block)
		fail("out of memory");
	memset(block, 1, BLOCK);
	return block;
}

KEEP static void leak_step(void)
{
	struct kept *block = filled(malloc(BLOCK));

	block->next = kept;
	kept = block;
	leaked += BLOCK;
}

KEEP static void fill_cache(void)
{
	if (cached < CACHE_SLOTS) {
		cache[cached++] = filled(malloc(BLOCK));
		return;
	}
	while (cached)
		free(cache[--cached]);
}

KEEP static void keep_table(void)
{
	free(table[row]);
	table[row] = filled(malloc(BLOCK));
	row = (row + 1) % TABLE_SLOTS;
}

KEEP static void leak_and_renew(void *unused)
{
	const struct timespec pause = {.tv_nsec = PAUSE};

	(void)unused;
	leak_step();
	fill_cache();
	keep_table();
	nanosleep(&pause, NULL);
}

static void append_leaked(char *line, size_t size)
{
	append(line, size, " leaked=%zu", leaked);
}

int main(void)
{
	victim_start();
	for (size_t i = 0; i < TABLE_SLOTS; i++)
		keep_table();
	spawn_worker("leaker", leak_and_renew, NULL);
	answer_commands(append_leaked, NULL);
}
