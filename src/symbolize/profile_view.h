#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "profile/profile.h"

/* How the names and stacks of a profile are shown. */

enum name_form {
	NAMES_FULL,
	NAMES_SHORT,   /* short_name.h; the whole one is kept beside it */
	NAMES_MANGLED, /* as in the symbol table, where that is known */
	NAMES_COUNT,
};

struct profile_view_options {
	enum profile_grain grain;
	enum name_form names;
	bool no_inlines;   /* without functions inlined into others */
	bool fold_runtime; /* without what stands at the root of every stack (runtime_frames.h) */
};

/* Whether nothing but the grain differs, for which no other profile is needed. */
bool profile_view_is_plain(const struct profile_view_options *options);

/* A profile of its own, of the same samples; those without values are left out. */
struct error *profile_view_create(const struct profile *profile,
	const struct profile_view_options *options, struct profile **ret) MUST_CHECK;
