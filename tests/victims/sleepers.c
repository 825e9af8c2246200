/*
 * sleepers: one thread in each of the common blocking system calls, all asleep when it says
 * "ready". The command "check" wakes each one that can be woken in the way that it waits for, and
 * prints "ok NAME=SERVED..." when all have served it and none has complained, else "failed
 * NAME=SERVED...".
 */
#include <string.h>

#include "victim.h"
#include "waits.h"

static void check(void)
{
	char served[256] = "";

	wake_waits(endless_waits, endless_wait_count);
	append_served(served, sizeof(served), endless_waits, endless_wait_count);
	say("%s%s", complaint_count() ? "failed" : "ok", served);
}

int main(void)
{
	char line[16];

	victim_start();
	start_waits(endless_waits, endless_wait_count);
	say("ready");
	for (;;) {
		read_command(line, sizeof(line));
		if (strcmp(line, "check") == 0)
			check();
	}
}
