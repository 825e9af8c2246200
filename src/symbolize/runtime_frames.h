#pragma once

#include "profile/addition.h"
#include "profile/profile.h"

/*
 * What stands at the root of every stack and is nobody's program: what the C library and the
 * runtimes of C++, Rust and Go do before main() or the function of a thread. "main" is part of it
 * where Rust's runtime follows, which calls the main() that was written.
 */
struct runtime_frames {
	struct u8_array verdicts; /* by function */
};

/* For the functions of the profile. */
struct error *runtime_frames_init(const struct profile *profile, struct runtime_frames *ret)
	MUST_CHECK;
void runtime_frames_deinit(struct runtime_frames *frames);

/* A stack without such frames. One that has no others stays as it is. */
struct profile_depth runtime_frames_cut(struct runtime_frames *frames,
	const struct profile *profile, const uint32_t *locations, size_t count);
