#pragma once

#include "base/array.h"
#include "base/error.h"

/* What a file is at most that is sent: Parca takes messages of 64 MiB (its debuginfo.MaxMsgSize).
 */
#define PUSH_PROFILE_MAX (48UL * 1024 * 1024)

/* All of it from its start; where the descriptor reads next is left as it is. */
struct error *push_profile_file_read(int fd, struct u8_array *ret) MUST_CHECK;
