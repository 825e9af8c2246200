#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "profile/profile.h"

/* One profile of several processes that were looked at side by side. */

struct process_profile {
	const struct profile *profile;
	const char *name; /* of the process */
	int64_t pid;
};

/*
 * The values are those of all, added up. At the root of each process's stacks stands a frame such
 * as "redis-server (1234)", and its samples have the labels "pid", a number, and "process", a text,
 * unless they have some of these keys already. Before a remark that not all have stands whose it
 * is. The time is the first, the duration the longest: it passed for all at once. ERROR_USAGE: a
 * value has another unit in one than in another.
 */
struct error *profile_join(const struct process_profile *parts, size_t count, struct profile **ret)
	MUST_CHECK;
