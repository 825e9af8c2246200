#pragma once

#include "base/error.h"
#include "push/pusher.h"
#include "session/session.h"

/* A profile as collectors take it. */
struct pushed_profile {
	struct push_profile sent; /* but for its labels, which are the caller's */
	char *service;            /* what sent.service points to, unless it was given */
};

/*
 * Writes the profile, as pprof, into a file in memory. A profile without a time or a period gets
 * those that collectors need (Parca 0.28 ends without a period's type: pkg/normalizer/validate.go).
 * service: NULL for the name of the process or of the main binary.
 */
struct error *pushed_profile_init(const struct session *session,
	const struct session_profile *profile, const char *service, struct pushed_profile *ret)
	MUST_CHECK;
void pushed_profile_deinit(struct pushed_profile *pushed);
