#pragma once

#include <stdint.h>

/* Values come from files too: sums stop at the ends of int64_t. */
static inline int64_t add_saturating(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static inline int64_t negate_saturating(int64_t value)
{
	return value == INT64_MIN ? INT64_MAX : -value;
}

static inline int64_t magnitude_saturating(int64_t value)
{
	return value < 0 ? negate_saturating(value) : value;
}
