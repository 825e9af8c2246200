/*
 * heir: at the command "fork" makes a child that waits until its parent ends, with all the memory
 * and descriptors of that moment, and prints "child PID"; at "file" has a file of the name that
 * limpet's dumps have, and prints "file DESCRIPTOR".
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "victim.h"

static int nothing[2];

static void *wait_for_ever(void *unused)
{
	char byte;

	while (read(nothing[0], &byte, 1) < 0 && errno == EINTR)
		say("EINTR");
	return unused;
}

static void make_child(void)
{
	pid_t parent = getpid(), child = fork();

	if (child < 0)
		fail("fork: %s", strerror(errno));
	if (child == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
			_exit(1);
		wait_for_ever(NULL);
		_exit(0);
	}
	say("child %d", (int)child);
}

static void make_file(void)
{
	int file = memfd_create("limpet-heap-dump", MFD_CLOEXEC);

	if (file < 0)
		fail("memfd_create: %s", strerror(errno));
	say("file %d", file);
}

int main(void)
{
	char command[32];

	victim_start();
	if (pipe(nothing) < 0)
		fail("pipe: %s", strerror(errno));
	spawn("waiter", wait_for_ever, NULL);
	say("ready");
	for (;;) {
		read_command(command, sizeof(command));
		if (strcmp(command, "fork") == 0)
			make_child();
		else if (strcmp(command, "file") == 0)
			make_file();
	}
}
