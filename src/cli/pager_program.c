#include "cli/pager_program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "session/interrupt.h"

#define NOT_FOUND 127 /* sh's exit status */

static bool is_in(const char *folder, const char *name)
{
	CLEANUP(cleanup_free) char *path = NULL;

	if (asprintf(&path, "%s/%s", folder, name) < 0) {
		path = NULL;
		return false;
	}
	return access(path, X_OK) == 0;
}

static bool is_installed(const char *name)
{
	const char *path = getenv("PATH");
	CLEANUP(cleanup_free) char *copy = strdup(path ? path : "/usr/bin:/bin");
	char *rest = copy, *folder;

	while (rest && (folder = strsep(&rest, ":")))
		if (folder[0] && is_in(folder, name))
			return true;
	return false;
}

const char *pager_program(void)
{
	const char *program = getenv("PAGER");

	if (!program)
		return is_installed("less") ? "less" : NULL;
	return program[0] && strcmp(program, "cat") != 0 ? program : NULL;
}

static void become(const char *program, int fd)
{
	if (dup2(fd, STDIN_FILENO) < 0 || setenv("LESS", "FRX", 0) < 0 || setenv("LV", "-c", 0) < 0)
		_exit(NOT_FOUND);
	execl("/bin/sh", "sh", "-c", program, (char *)NULL);
	_exit(NOT_FOUND);
}

bool pager_program_run(const char *program, int fd)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	pid_t child = fork();
	int status = 0;

	if (child < 0)
		return false;
	if (child == 0)
		become(program, fd);
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &ignore, &before);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		if (session_ended())
			kill(child, SIGTERM);
	sigaction(SIGINT, &before, NULL);
	return !WIFEXITED(status) || WEXITSTATUS(status) != NOT_FOUND;
}
