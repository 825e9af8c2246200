#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "target/target.h"

/* What target_find_descriptors() is for a live process. */
struct error *live_find_descriptors(pid_t pid, const char *path, struct descriptor_array *ret)
	MUST_CHECK;

/* What target_open_trusted() is for a live process. */
struct error *live_open_trusted(
	const struct target_identity *identity, const char *path, int *ret_fd) MUST_CHECK;
