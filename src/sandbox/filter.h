#pragma once

#include "base/error.h"
#include "sandbox/child.h"

/*
 * Forbids the calling thread, for good, every system call but those of the profile: what is not
 * allowed fails with EPERM. no_new_privs must be set. ERROR_UNSUPPORTED: the kernel or the library
 * refuses it.
 */
struct error *sandbox_filter_load(enum sandbox_profile profile) MUST_CHECK;
