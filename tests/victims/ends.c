/*
 * ends: with the commands "exec" and "exit" a thread other than the main one has the process run
 * itself anew, or end with status 7. Others wait meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "answers.h"
#include "victim.h"

#define STATUS 7

static int commands[2], nothing[2];

static void *wait_for_ever(void *unused)
{
	char byte;

	for (;;)
		if (read(nothing[0], &byte, 1) < 0)
			say("BAD read: %s", strerror(errno));
	return unused;
}

static void *obey(void *unused)
{
	char command;

	while (read(commands[0], &command, 1) != 1)
		;
	if (command == 'i')
		_exit(STATUS);
	execl("/proc/self/exe", "ends", NULL);
	fail("exec: %s", strerror(errno));
	return unused;
}

static void pass_on(const char *command)
{
	if (write(commands[1], &command[2], 1) != 1)
		fail("write: %s", strerror(errno));
}

int main(void)
{
	victim_start();
	if (pipe2(commands, O_CLOEXEC) < 0 || pipe2(nothing, O_CLOEXEC) < 0)
		fail("pipe: %s", strerror(errno));
	spawn("sibling", obey, NULL);
	spawn("waiter", wait_for_ever, NULL);
	spawn("waiter", wait_for_ever, NULL);
	answer_commands(NULL, pass_on);
}
