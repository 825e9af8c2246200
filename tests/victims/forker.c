/*
 * forker [fork] [vfork] [slow]: threads that make children without end and take their status; slow:
 * a vfork child keeps its parent for 20 ms. The TIDs of vfork children are in no list: it prints
 * one at the command "child".
 */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "answers.h"
#include "victim.h"
#include "waits.h"

#define STATUS 7
#define SLOW   20000000 /* ns */

static unsigned long forks, vforks;
static bool slow;
static volatile pid_t last_child;

static void take_status(const char *how, pid_t child)
{
	int status = 0;

	if (child < 0)
		complain("BAD %s: %s", how, strerror(errno));
	else if (waitpid(child, &status, 0) != child)
		complain("%s %s: %s", errno == EINTR ? "EINTR" : "BAD", how, strerror(errno));
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != STATUS)
		complain("BAD %s: status %#x", how, (unsigned)status);
}

KEEP static void make_child(void *unused)
{
	pid_t child = fork();

	(void)unused;
	if (child == 0)
		_exit(STATUS);
	take_status("fork", child);
	forks++;
}

KEEP static void lend_to_child(void *unused)
{
	const struct timespec length = {.tv_nsec = SLOW};
	pid_t child = vfork();

	(void)unused;
	if (child == 0) {
		last_child = (pid_t)syscall(SYS_getpid);
		if (slow)
			syscall(SYS_nanosleep, &length, NULL);
		_exit(STATUS);
	}
	take_status("vfork", child);
	vforks++;
}

static void append_counts(char *line, size_t size)
{
	append(line, size, " forks=%lu vforks=%lu", forks, vforks);
}

static void tell_child(const char *command)
{
	if (strcmp(command, "child") == 0)
		say("child %d", (int)last_child);
}

int main(int count, char **arguments)
{
	victim_start();
	for (int i = 1; i < count; i++) {
		if (strcmp(arguments[i], "fork") == 0)
			spawn_worker("forker", make_child, NULL);
		else if (strcmp(arguments[i], "vfork") == 0)
			spawn_worker("lender", lend_to_child, NULL);
		else
			slow = true;
	}
	answer_commands(append_counts, tell_child);
}
