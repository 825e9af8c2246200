#pragma once

#include <stddef.h>

/* "did you mean ...?": of the candidates, the one that the fewest slips of the keys away. */
struct suggestion {
	const char *word;
	const char *best; /* NULL: none is near enough */
	size_t distance;
};

struct suggestion suggestion_for(const char *word);
void suggestion_consider(struct suggestion *suggestion, const char *candidate);

/*
 * The letters to insert, delete, replace or swap with a neighbour to make one the other (optimal
 * string alignment). SIZE_MAX for words longer than any that limpet knows.
 */
size_t edit_distance(const char *one, const char *other);
