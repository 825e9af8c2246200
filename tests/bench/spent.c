/*
 * spent COMMAND...: runs the command, its output thrown away, and prints how long it took, ms, the
 * most memory that it had, KiB, and the CPU time that it and its children used, ms.
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

static long milliseconds(struct timeval time)
{
	return time.tv_sec * 1000 + time.tv_usec / 1000;
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
	printf("%llu %ld %ld\n", (clock_monotonic() - start) / NANOSECONDS_PER_MILLISECOND,
		usage.ru_maxrss, milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
