#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* What a process gives up before sandbox_filter_load(); for good, of the calling process. */

/*
 * Credentials, capabilities and what a parent may leave behind: nobody, if it was root. It is
 * killed when the parent ends, from then on; parent: which one that was.
 */
struct error *sandbox_drop_rights(pid_t parent) MUST_CHECK;

struct sandbox_limits {
	uint32_t descriptors;
	uint64_t memory; /* bytes, beside what is mapped now */
	bool processes;  /* whether it may have threads */
};
struct error *sandbox_set_limits(const struct sandbox_limits *limits) MUST_CHECK;
