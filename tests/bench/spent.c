/*
 * spent COMMAND...: runs the command, its output thrown away, and prints how long it took, ms, and
 * the most memory that it had, KiB.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

static _Noreturn void become(char **command)
{
	int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

	dup2(nothing, STDOUT_FILENO);
	execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

int main(int count, char **arguments)
{
	uint64_t start = clock_monotonic();
	struct rusage usage;
	int status;

	if (count < 2) {
		fprintf(stderr, "usage: spent COMMAND...\n");
		return 2;
	}
	pid_t pid = fork();
	if (pid == 0)
		become(arguments + 1);
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
		perror("spent");
		return 1;
	}
	printf("%llu %ld\n", (clock_monotonic() - start) / NANOSECONDS_PER_MILLISECOND,
		usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
