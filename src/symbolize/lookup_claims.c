#include "symbolize/lookup_claims.h"

#include <stdlib.h>

struct error *lookup_claims_init(struct lookup_claims *claims, size_t count)
{
	claims->next = calloc(count + 1, sizeof(*claims->next));
	if (!claims->next)
		return &error_no_memory;
	claims->count = claims->left = count;
	for (size_t i = 0; i <= count; i++)
		claims->next[i] = i;
	return NULL;
}

void lookup_claims_deinit(struct lookup_claims *claims)
{
	free(claims->next);
	*claims = (struct lookup_claims){0};
}

size_t lookup_claims_open(struct lookup_claims *claims, size_t from)
{
	size_t *next = claims->next;

	while (next[from] != from) {
		next[from] = next[next[from]];
		from = next[from];
	}
	return from;
}

void lookup_claims_take(struct lookup_claims *claims, size_t index)
{
	claims->next[index] = index + 1;
	claims->left--;
}
