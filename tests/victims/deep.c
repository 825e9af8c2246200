/* deep [FRAMES]: the thread "deep" burns CPU below so many frames of descend(). */
#include "victim.h"

#define STEPS      100000
#define FRAME_SIZE 256

static long frames;

KEEP static void bottom(void)
{
	for (;;)
		work(STEPS);
}

KEEP static void descend(long left)
{
	if (left > 1)
		descend(left - 1);
	else
		bottom();
}

static void *dive(void *unused)
{
	(void)unused;
	descend(frames);
	return NULL;
}

int main(int count, char **arguments)
{
	victim_start();
	frames = number_argument(count, arguments, 1, 100);
	say("frames %ld", frames);
	spawn_with_stack("deep", (1 << 20) + (size_t)frames * FRAME_SIZE, dive, NULL);
	wait_for_end();
}
