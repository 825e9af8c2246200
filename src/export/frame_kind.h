#pragma once

#include <stdint.h>

#include "profile/profile.h"

/* Whose code a frame is, for colours. */
enum frame_kind {
	FRAME_APPLICATION,
	FRAME_LIBRARY,
	FRAME_RUNTIME, /* allocators, and what languages bring along */
	FRAME_SYSTEM,  /* the kernel, the vDSO, and frames that are no code: "[truncated]" */
};

/* function: of a line of the location, or PROFILE_NONE where it has none. */
enum frame_kind frame_kind_of(const struct profile *profile, uint32_t location, uint32_t function);
