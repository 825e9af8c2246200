/*
 * jumper: waits for ever, and begins to anew whenever SIGBUS comes: its handler leaves by
 * siglongjmp(), and with it whatever the thread was in.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "victim.h"

static sigjmp_buf start;
static int nothing[2];

static void jump(int signal)
{
	(void)signal;
	siglongjmp(start, 1);
}

int main(void)
{
	char byte;

	victim_start();
	if (pipe(nothing) < 0)
		fail("pipe: %s", strerror(errno));
	if (sigsetjmp(start, 1) == 0) {
		signal(SIGBUS, jump);
		say("ready");
	}
	while (read(nothing[0], &byte, 1) < 0 && errno == EINTR)
		say("EINTR");
	return 0;
}
