#pragma once

#include "base/array.h"
#include "base/error.h"
#include "profile/profile.h"

/* What of a profile has no name, by module. */

struct unnamed_module {
	uint32_t mapping;     /* the first of its file; PROFILE_NONE: addresses in no file at all */
	uint32_t problem;     /* string id: why (naming_problem.h), or 0: not known */
	size_t addresses;     /* without a name */
	int64_t value;        /* of samples that have any of them in their stack */
	uint32_t last_sample; /* 1 + the sample that was counted last */
};
ARRAY_DEFINE(unnamed_modules, struct unnamed_module)

struct unnamed {
	struct unnamed_modules modules; /* the largest value first */
	int64_t value;                  /* of samples that have any frame without a name */
	int64_t total;
};

/*
 * Mappings of one path and build id are one module. Values count by their magnitude. The frames at
 * the root that the C library has in every stack (runtime_frames.h) do not count, nor do those that
 * the profile hides (visible_frames.h).
 */
struct error *unnamed_find(const struct profile *profile, size_t value_type, struct unnamed *ret)
	MUST_CHECK;
void unnamed_deinit(struct unnamed *unnamed);

/*
 * Remarks in the profile on the modules for which that is worth one: a hundredth of the default
 * value at least, three modules at most. Not on code made at run time: session/naming.h has that.
 */
struct error *unnamed_note(struct profile *profile) MUST_CHECK;
