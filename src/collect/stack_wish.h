#pragma once

#include "target/target.h"
#include "unwind/unwind.h"

/* As much as most stacks need. */
#define STACK_WISH_FIRST ((struct stack_wish){.own = 16 * 1024})
#define STACK_WISH_OTHER ((size_t)16 * 1024)

/* Copies are multiples of this. */
#define STACK_WISH_LEAST ((size_t)512)
/* After so many stacks in a row that were whole, the wish is fitted to the largest of them. */
#define STACK_WISH_STACKS 128

/* The stacks of a thread since its wish was last fitted. */
struct stack_need {
	size_t largest; /* bytes of the copy that were needed */
	unsigned stacks;
};

/*
 * Wishes for less, after stacks that would all have fitted into two thirds of that: a thread stands
 * still for as long as its stack is copied, and from another CPU's cache that takes its time.
 */
void stack_wish_fit(struct stack_wish *wish, struct stack_need *need, size_t needed, bool complete);

/*
 * Wishes for more, after a stack that ended for lack of it; false: more is not to be had, or would
 * not help.
 */
bool stack_wish_more(struct stack_wish *wish, const struct unwind_result *unwound);
