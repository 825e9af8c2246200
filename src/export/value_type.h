#pragma once

#include "base/error.h"
#include "profile/profile.h"

/*
 * The value type of that name, or at that place, from 0; "inuse_space" is "space", too, where that
 * is what there is, as in pprof. NULL is the profile's default. ERROR_USAGE: there is none of that
 * name; the hint lists those that there are.
 */
struct error *export_find_value_type(const struct profile *profile, const char *name, size_t *ret)
	MUST_CHECK;
