#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "profile/profile.h"

/*
 * Which functions drop_frames and keep_frames hide, by the rules of pprof (profile/prune.go): both
 * are matched against whole names without their parameter lists.
 *
 * The expressions may come from a file. Such as are no patterns here (pattern.h) do not hide
 * anything; pprof itself passes over those that it cannot compile.
 */
struct frame_filter;

/* *ret is NULL if the profile has no drop_frames that can be applied. */
struct error *frame_filter_create(const struct profile *profile, struct frame_filter **ret)
	MUST_CHECK;
void frame_filter_destroy(struct frame_filter *filter); /* takes NULL */
void cleanup_frame_filter(struct frame_filter **filter);

bool frame_filter_drops(struct frame_filter *filter, uint32_t function);

/* A function's name without its parameters, as patterns see it; the caller's. NULL: no memory. */
char *frame_simple_name(const char *name);
