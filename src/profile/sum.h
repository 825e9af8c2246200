#pragma once

#include <stddef.h>

#include "base/error.h"
#include "profile/profile.h"

/*
 * The sum of several profiles, as `go tool pprof` makes it of several files (profile/merge.go):
 * samples of equal stacks and labels are one, durations are added up, the time is the first, the
 * period the longest, and remarks that are there more than once are there once. Locations are told
 * apart as in addition.h.
 *
 * Value types: those of the first one that all have. ERROR_USAGE: there are none; the hint tells
 * which of them has others.
 */
struct error *profile_sum(const struct profile *const *profiles, size_t count, struct profile **ret)
	MUST_CHECK;
