#pragma once

#include "base/array.h"
#include "base/error.h"
#include "collect/stacks.h"

/* Threads that do the same: equal stacks, in the same state. */
struct stack_group {
	char state;
	size_t first, count; /* of the listing's threads, as sorted */
};
ARRAY_DEFINE(stack_groups, struct stack_group)

/*
 * Sorts the listing's threads, those without a stack last: these are in no group. Groups come with
 * those that run first, then those that cannot be interrupted, then the largest.
 */
struct error *stack_groups_make(struct stack_listing *listing, struct stack_groups *ret) MUST_CHECK;
