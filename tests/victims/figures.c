/*
 * figures: what rules look at. Commands, each answered by its own word once it is done: "grow MIB" and
 * "shrink" of memory that is mapped, "hold MIB" of what malloc gives, "burn" and "rest" of a thread,
 * "open N" files, "threads N" more, "exit".
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "victim.h"

#define MIB (1024UL * 1024)

static void *mapped;
static size_t mapped_length;
static _Atomic int burns;

static void *idle(void *unused)
{
	(void)unused;
	for (;;)
		pause();
	return NULL;
}

static void *burn(void *unused)
{
	(void)unused;
	while (burns)
		work(100000);
	return NULL;
}

static void shrink(void)
{
	if (mapped)
		munmap(mapped, mapped_length);
	mapped = NULL;
}

static void grow(size_t length)
{
	shrink();
	mapped_length = length;
	mapped = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mapped == MAP_FAILED)
		fail("no memory");
	memset(mapped, 1, length);
}

static void hold(size_t length)
{
	void *memory = malloc(length);

	if (!memory)
		fail("no memory");
	memset(memory, 1, length);
}

static void start_burning(void)
{
	burns = 1;
	spawn("burner", burn, NULL);
}

static void obey(const char *command, unsigned long number)
{
	if (strcmp(command, "grow") == 0)
		grow(number * MIB);
	else if (strcmp(command, "shrink") == 0)
		shrink();
	else if (strcmp(command, "hold") == 0)
		hold(number * MIB);
	else if (strcmp(command, "burn") == 0)
		start_burning();
	else if (strcmp(command, "rest") == 0)
		burns = 0;
	else if (strcmp(command, "exit") == 0)
		exit(0);
	else
		for (; number; number--)
			if (strcmp(command, "threads") == 0)
				spawn("idle", idle, NULL);
			else if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
				fail("no descriptor");
}

int main(void)
{
	victim_start();
	say("ready");
	for (;;) {
		unsigned long number = 0;
		char line[64], command[16];

		read_command(line, sizeof(line));
		if (sscanf(line, "%15s %lu", command, &number) < 1)
			continue;
		obey(command, number);
		say("%s", command);
	}
}
