#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "profile/profile.h"

/* What samples say of their threads, in the labels "thread" (a text) and "tid" (a number). */
struct profile_thread {
	const char *name; /* "": not told; the profile's */
	int64_t id;       /* 0: not told */
};

/* Whether labels tell a name or a number. */
bool profile_find_thread(
	const struct profile *profile, uint32_t labels, struct profile_thread *ret);

/* Whether a user means that thread: by its name or its number. */
bool profile_thread_is_meant(const struct profile_thread *thread, const char *text);

/* A frame to stand at the root of a thread's stacks: "worker-3 (4711)". result may be another. */
struct error *profile_add_thread_location(
	struct profile *result, const struct profile_thread *thread, uint32_t *ret) MUST_CHECK;
