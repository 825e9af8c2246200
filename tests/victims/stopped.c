/* stopped: stops itself after "ready"; continued, it says "continued" and waits. */
#include <signal.h>

#include "victim.h"

int main(void)
{
	char line[16];

	victim_start();
	say("ready");
	raise(SIGSTOP);
	say("continued");
	for (;;)
		read_command(line, sizeof(line));
}
