/*
 * leaderless: its first thread ends with pthread_exit(), and the others run on: stand-in-N, which
 * sleep until "exit N" has that one exit, "sleeper", "burner", which burns in burn_leaderless(),
 * and "reader", which answers "check" with "ok" and "hold" with "held", once hold_blocks() has 64
 * MiB.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "victim.h"

#define UNIT       100000
#define STAND_INS  2
#define BLOCKS     1024
#define BLOCK_SIZE (64 * 1024)

static sem_t told[STAND_INS], never;
static pid_t ids[STAND_INS];

KEEP static void burn_leaderless(void)
{
	work(UNIT);
}

KEEP static void *burn(void *unused)
{
	(void)unused;
	for (;;)
		burn_leaderless();
	return NULL;
}

KEEP static void *sleep_for_ever(void *unused)
{
	(void)unused;
	for (;;)
		sem_wait(&never);
	return NULL;
}

KEEP static void *stand_in(void *semaphore)
{
	while (sem_wait(semaphore) < 0)
		;
	return NULL;
}

static void *held[BLOCKS];

KEEP static void hold_blocks(void)
{
	for (int i = 0; i < BLOCKS; i++) {
		held[i] = malloc(BLOCK_SIZE);
		if (!held[i])
			fail("out of memory");
		memset(held[i], i, BLOCK_SIZE);
	}
	say("held");
}

static void check(void)
{
	for (int i = 0; i < BLOCKS && held[i]; i++)
		if (((unsigned char *)held[i])[BLOCK_SIZE - 1] != (unsigned char)i)
			fail("block %d is broken", i);
	say("ok");
}

static void end_stand_in(long number)
{
	char path[64];

	if (number < 1 || number > STAND_INS)
		fail("no stand-in %ld", number);
	sem_post(&told[number - 1]);
	snprintf(path, sizeof(path), "/proc/self/task/%d", (int)ids[number - 1]);
	while (access(path, F_OK) == 0)
		usleep(1000);
	say("exited %ld", number);
}

KEEP static void *read_commands(void *unused)
{
	char line[64];

	(void)unused;
	for (;;) {
		read_command(line, sizeof(line));
		if (strncmp(line, "exit ", 5) == 0)
			end_stand_in(strtol(line + 5, NULL, 10));
		else if (strcmp(line, "check") == 0)
			check();
		else if (strcmp(line, "hold") == 0)
			hold_blocks();
		else
			say("no command '%s'", line);
	}
	return NULL;
}

/* Ready once the first thread is a zombie. */
static void *announce(void *first)
{
	pthread_join(*(pthread_t *)first, NULL);
	say("ready");
	return NULL;
}

int main(void)
{
	static char names[STAND_INS][16];
	static pthread_t first;

	victim_start();
	sem_init(&never, 0, 0);
	for (int i = 0; i < STAND_INS; i++) {
		snprintf(names[i], sizeof(names[i]), "stand-in-%d", i + 1);
		sem_init(&told[i], 0, 0);
		ids[i] = spawn(names[i], stand_in, &told[i]);
	}
	spawn("sleeper", sleep_for_ever, NULL);
	spawn("burner", burn, NULL);
	spawn("reader", read_commands, NULL);
	first = pthread_self();
	spawn("announcer", announce, &first);
	pthread_exit(NULL);
}
