#pragma once

#include "collect/collector.h"
#include "profile/profile.h"

/* What every thread does at this moment. */

struct listed_stack {
	pid_t thread;
	char name[16];
	char state;          /* as in struct thread_status; 0: unknown */
	int64_t system_call; /* number of the one it is in, or -1 */
	enum capture_outcome outcome;
	enum unwind_end end; /* with CAPTURE_DONE */
	uint32_t stack;      /* of the profile; equal ones have equal numbers */

	bool stopped; /* for the look */
};
ARRAY_DEFINE(listed_stacks, struct listed_stack)

struct stack_listing {
	struct listed_stacks threads; /* by number */
	uint64_t elapsed;             /* ns from the first to the last */
	uint64_t held_longest;        /* ns that one thread stood still at most */
};

void stack_listing_deinit(struct stack_listing *listing);

/*
 * Looks at each thread once: at those that sleep without a stop where that is enough. A sample of
 * the profile has the value 1 and the thread's name, number, state and system call as labels; the
 * profile is not yet named. thread: only those of that name or number; NULL: all. A thread without
 * a stack is listed with its outcome; one that has gone is not. ERROR_NOT_FOUND: no thread is
 * meant.
 */
struct error *collect_stacks(const struct collector *collector, const char *thread,
	struct profile **ret, struct stack_listing *ret_listing) MUST_CHECK;
