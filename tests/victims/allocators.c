/*
 * allocators: threads allocator-1 to -3 that sleep until one is told to work, and one, computes,
 * that never sleeps. Commands: "allocate", on which each in turn holds 16 MiB more in blocks of 512
 * bytes, answered by "allocated"; "amounts", answered by what jemalloc tells each of itself,
 * "NAME TID ALLOCATED DEALLOCATED" in one line for all; "end", on which the threads return,
 * answered by "ended".
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "victim.h"

#define COUNT      3
#define BLOCK      512
#define HELD_BYTES (16UL << 20)

int mallctl(const char *name, void *old, size_t *old_length, void *new, size_t new_length);

struct allocator {
	char name[16];
	pid_t tid;
	int commands[2], answers[2];
	uint64_t amounts[2]; /* as of the last time that it was asked */
	void **held;         /* the last block, which begins with the one before it */
};

static struct allocator allocators[COUNT];

KEEP static void hold(struct allocator *allocator)
{
	for (size_t bytes = 0; bytes < HELD_BYTES; bytes += BLOCK) {
		void **block = malloc(BLOCK);

		if (!block)
			fail("out of memory");
		*block = allocator->held;
		allocator->held = block;
	}
}

static void ask(struct allocator *allocator)
{
	static const char *const names[] = {"thread.allocated", "thread.deallocated"};

	for (int i = 0; i < 2; i++) {
		size_t length = sizeof(allocator->amounts[i]);

		if (mallctl(names[i], &allocator->amounts[i], &length, NULL, 0))
			allocator->amounts[i] = 0;
	}
}

static void *serve(void *argument)
{
	struct allocator *allocator = argument;
	char command;

	while (read(allocator->commands[0], &command, 1) == 1 && command != 'e') {
		if (command == 'h')
			hold(allocator);
		else
			ask(allocator);
		if (write(allocator->answers[1], &command, 1) != 1)
			fail("no answer");
	}
	if (command != 'e')
		fail("no command");
	return argument;
}

static void *compute(void *unused)
{
	for (;;)
		work(1000000);
	return unused;
}

/* And waits until it sleeps again. */
static void tell(struct allocator *allocator, char command)
{
	char answer;

	if (write(allocator->commands[1], &command, 1) != 1 ||
		read(allocator->answers[0], &answer, 1) != 1)
		fail("no answer from %s", allocator->name);
	wait_until_asleep(allocator->tid);
}

static void tell_all(char command)
{
	for (int i = 0; i < COUNT; i++)
		tell(&allocators[i], command);
}

static void say_amounts(void)
{
	char line[256] = "";
	size_t length = 0;

	tell_all('a');
	for (int i = 0; i < COUNT; i++)
		length += (size_t)snprintf(line + length, sizeof(line) - length, "%s%s %d %lu %lu",
			i ? " " : "", allocators[i].name, allocators[i].tid,
			allocators[i].amounts[0], allocators[i].amounts[1]);
	say("%s", line);
}

/* Nothing but that they are gone can be seen of it: a detached thread is not joined. */
static void end_all(void)
{
	for (int i = 0; i < COUNT; i++) {
		char path[64];

		if (write(allocators[i].commands[1], "e", 1) != 1)
			fail("no end of %s", allocators[i].name);
		snprintf(path, sizeof(path), "/proc/self/task/%d", allocators[i].tid);
		while (access(path, F_OK) == 0)
			usleep(1000);
	}
	say("ended");
}

int main(void)
{
	char line[16];

	victim_start();
	for (int i = 0; i < COUNT; i++) {
		struct allocator *allocator = &allocators[i];

		snprintf(allocator->name, sizeof(allocator->name), "allocator-%d", i + 1);
		if (pipe(allocator->commands) || pipe(allocator->answers))
			fail("no pipe");
		allocator->tid = spawn(allocator->name, serve, allocator);
		wait_until_asleep(allocator->tid);
	}
	spawn("computes", compute, NULL);
	say("ready");
	for (;;) {
		read_command(line, sizeof(line));
		if (strcmp(line, "allocate") == 0) {
			tell_all('h');
			say("allocated");
		} else if (strcmp(line, "amounts") == 0) {
			say_amounts();
		} else if (strcmp(line, "end") == 0) {
			end_all();
		}
	}
}
