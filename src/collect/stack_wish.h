#pragma once

#include "target/target.h"
#include "unwind/unwind.h"

/* As much as most stacks need. */
#define STACK_WISH_FIRST ((struct stack_wish){.own = 16 * 1024})
#define STACK_WISH_OTHER ((size_t)16 * 1024)

/*
 * Wishes for more, after a stack that ended for lack of it; false: more is not to be had, or would
 * not help.
 */
bool stack_wish_more(struct stack_wish *wish, const struct unwind_result *unwound);
