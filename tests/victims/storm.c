/*
 * storm [THREADS [REST]]: threads, 4 or so many, allocate and free without a pause, or with one of
 * so many us now and then, and verify what they hold ("HEAP").
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answers.h"
#include "victim.h"
#include "waits.h"

#define THREADS 4
#define MOST    64
#define SLOTS   32
#define LARGEST 20000
#define STEPS   1000

struct holder {
	unsigned char *slots[SLOTS];
	size_t sizes[SLOTS];
	unsigned seed;
	unsigned long rounds;
};

static struct holder holders[MOST];
static size_t threads = THREADS;
static struct timespec rest;

static void check_slot(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != (unsigned char)size) {
			complain("HEAP %p", (const void *)bytes);
			return;
		}
}

KEEP static void churn(void *argument)
{
	struct holder *holder = argument;

	for (int i = 0; i < STEPS; i++) {
		size_t slot = (size_t)rand_r(&holder->seed) % SLOTS;
		size_t size = 1 + (size_t)rand_r(&holder->seed) % LARGEST;

		check_slot(holder->slots[slot], holder->sizes[slot]);
		free(holder->slots[slot]);
		holder->slots[slot] = malloc(size);
		holder->sizes[slot] = size;
		memset(holder->slots[slot], (int)(unsigned char)size, size);
	}
	holder->rounds++;
	if (rest.tv_nsec)
		nanosleep(&rest, NULL);
}

static void append_rounds(char *line, size_t size)
{
	for (size_t i = 0; i < threads; i++)
		append(line, size, " rounds-%zu=%lu", i, holders[i].rounds);
}

int main(int count, char **arguments)
{
	victim_start();
	if (count > 1)
		threads = strtoul(arguments[1], NULL, 10);
	if (count > 2)
		rest.tv_nsec = strtol(arguments[2], NULL, 10) * 1000;
	if (!threads || threads > MOST)
		fail("from 1 to %d threads", MOST);
	for (size_t i = 0; i < threads; i++)
		spawn_worker("churner", churn, &holders[i]);
	answer_commands(append_rounds, NULL);
}
