/* zombie: has a child that is dead and never reaped; prints "zombie PID". */
#include <sys/wait.h>
#include <unistd.h>

#include "victim.h"

int main(void)
{
	siginfo_t info;
	pid_t child;

	victim_start();
	child = fork();
	if (child < 0)
		fail("cannot fork");
	if (child == 0)
		_exit(0);
	if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) < 0)
		fail("cannot wait");
	say("zombie %d", (int)child);
	wait_for_end();
}
