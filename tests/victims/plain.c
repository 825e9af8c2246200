/* plain: no jemalloc, nothing to do: a main thread in read(0) and one in pause(). */
#include <unistd.h>

#include "victim.h"

static void *idle(void *unused)
{
	(void)unused;
	for (;;)
		pause();
	return NULL;
}

int main(void)
{
	victim_start();
	wait_until_asleep(spawn("idle", idle, NULL));
	wait_for_end();
}
