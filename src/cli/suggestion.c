#include "cli/suggestion.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define WORD_MAX 32

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t edit_distance(const char *one, const char *other)
{
	size_t distance[WORD_MAX + 1][WORD_MAX + 1];
	size_t rows = strlen(one), columns = strlen(other);

	if (rows > WORD_MAX || columns > WORD_MAX)
		return SIZE_MAX;
	for (size_t i = 0; i <= rows; i++)
		distance[i][0] = i;
	for (size_t j = 0; j <= columns; j++)
		distance[0][j] = j;
	for (size_t i = 1; i <= rows; i++) {
		for (size_t j = 1; j <= columns; j++) {
			bool swapped = i > 1 && j > 1 && one[i - 1] == other[j - 2] &&
				       one[i - 2] == other[j - 1];
			size_t best = distance[i - 1][j - 1] + (one[i - 1] != other[j - 1]);

			best = smaller(best, distance[i - 1][j] + 1);
			best = smaller(best, distance[i][j - 1] + 1);
			distance[i][j] = swapped ? smaller(best, distance[i - 2][j - 2] + 1) : best;
		}
	}
	return distance[rows][columns];
}

/* A third of the word may be wrong, but one letter of a short one. */
struct suggestion suggestion_for(const char *word)
{
	size_t length = strlen(word);

	return (struct suggestion){.word = word, .distance = 1 + (length < 6 ? 1 : length / 3)};
}

void suggestion_consider(struct suggestion *suggestion, const char *candidate)
{
	size_t distance = edit_distance(suggestion->word, candidate);

	if (distance >= suggestion->distance)
		return;
	suggestion->distance = distance;
	suggestion->best = candidate;
}
