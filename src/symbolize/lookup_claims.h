#pragma once

#include <stddef.h>

#include "base/error.h"

/*
 * Which of a sorted list of lookups are not answered yet. What answers them is gone through from
 * the end, as what comes later counts, in time proportional to it, however its ranges overlap.
 */
struct lookup_claims {
	size_t *next; /* next[i] is i if it is open, else some later one */
	size_t count;
	size_t left; /* that are open */
};

struct error *lookup_claims_init(struct lookup_claims *claims, size_t count) MUST_CHECK;
void lookup_claims_deinit(struct lookup_claims *claims);

/* The first open one from there on; count: none. */
size_t lookup_claims_open(struct lookup_claims *claims, size_t from);
/* An open one is answered. */
void lookup_claims_take(struct lookup_claims *claims, size_t index);
