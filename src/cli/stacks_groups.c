#include "cli/stacks_groups.h"

#include <stdlib.h>

/* Who runs is what is asked for mostly. */
static int rank_of_state(char state)
{
	return state == 'R' ? 0 : state == 'D' ? 1 : 2;
}

static int compare(uint64_t left, uint64_t right)
{
	return (left > right) - (left < right);
}

static int compare_threads(const void *left, const void *right)
{
	const struct listed_stack *a = left, *b = right;
	int order = compare(a->outcome != CAPTURE_DONE, b->outcome != CAPTURE_DONE);

	if (!order && a->outcome == CAPTURE_DONE)
		order = compare(a->stack, b->stack);
	if (!order)
		order = compare((unsigned char)a->state, (unsigned char)b->state);
	return order ? order : compare((uint64_t)a->thread, (uint64_t)b->thread);
}

static int compare_groups(const void *left, const void *right)
{
	const struct stack_group *a = left, *b = right;
	int order = rank_of_state(a->state) - rank_of_state(b->state);

	if (!order)
		order = compare(b->count, a->count);
	return order ? order : compare(a->first, b->first);
}

struct error *stack_groups_make(struct stack_listing *listing, struct stack_groups *ret)
{
	const struct listed_stack *threads = listing->threads.items;
	struct error *error = NULL;

	if (listing->threads.count)
		qsort(listing->threads.items, listing->threads.count, sizeof(*threads),
			compare_threads);
	for (size_t i = 0; !error && i < listing->threads.count; i++) {
		if (threads[i].outcome != CAPTURE_DONE)
			break;
		if (i && threads[i].stack == threads[i - 1].stack &&
			threads[i].state == threads[i - 1].state)
			ret->items[ret->count - 1].count++;
		else
			error = stack_groups_append(
				ret, (struct stack_group){threads[i].state, i, 1});
	}
	if (ret->count)
		qsort(ret->items, ret->count, sizeof(*ret->items), compare_groups);
	return error;
}
