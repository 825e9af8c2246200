/* tracer PID: attaches to a process as a debugger does, says "ready", and holds on until it is
 * killed. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <unistd.h>

int main(int count, char **arguments)
{
	if (count != 2 || ptrace(PTRACE_SEIZE, atoi(arguments[1]), NULL, NULL) < 0) {
		perror("tracer");
		return 2;
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
