#include "base/random.h"

#include <sys/random.h>

#include "base/clock.h"

void random_seed(uint64_t *state)
{
	if (getrandom(state, sizeof(*state), GRND_NONBLOCK) < 0)
		*state = clock_wall();
	*state |= 1;
}

uint64_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1d;
}
