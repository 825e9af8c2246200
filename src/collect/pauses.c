#include "collect/pauses.h"

/* The first octaves, up to PAUSES_STEPS ns, are counted exactly. */
static size_t place_of(uint64_t length)
{
	unsigned octave;
	size_t place;

	if (length < PAUSES_STEPS)
		return length;
	octave = 63 - (unsigned)__builtin_clzll(length);
	place = (octave - 2) * PAUSES_STEPS + (length >> (octave - 3)) % PAUSES_STEPS;
	return place < PAUSES_COUNTS ? place : PAUSES_COUNTS - 1;
}

uint64_t pauses_longest_at(size_t place)
{
	size_t octave = place / PAUSES_STEPS + 2;

	if (place < PAUSES_STEPS)
		return place;
	return ((PAUSES_STEPS + place % PAUSES_STEPS + 1) << (octave - 3)) - 1;
}

void pauses_add(struct pauses *pauses, uint64_t length)
{
	pauses->counts[place_of(length)]++;
}

void pauses_subtract(struct pauses *pauses, const struct pauses *earlier)
{
	for (size_t i = 0; i < PAUSES_COUNTS; i++)
		pauses->counts[i] -= earlier->counts[i];
}

uint64_t pauses_percentile(const struct pauses *pauses, unsigned percent)
{
	uint64_t total = 0, seen = 0;

	for (size_t i = 0; i < PAUSES_COUNTS; i++)
		total += pauses->counts[i];
	for (size_t i = 0; i < PAUSES_COUNTS; i++) {
		seen += pauses->counts[i];
		if (seen && seen * 100 >= total * percent)
			return pauses_longest_at(i);
	}
	return 0;
}
