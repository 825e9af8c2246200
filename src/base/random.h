#pragma once

#include <stdint.h>

/* Numbers that nobody can keep step with; not for secrets. *state is the caller's. */

/* Begins anew, each time elsewhere. */
void random_seed(uint64_t *state);
/* xorshift64* (Vigna, 2016): any 64 bits. */
uint64_t random_next(uint64_t *state);
