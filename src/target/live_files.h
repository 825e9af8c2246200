#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "target/target.h"

/* What target_find_descriptors() is for a live process. */
struct error *live_find_descriptors(pid_t pid, const char *path, struct descriptor_array *ret)
	MUST_CHECK;

/*
 * The path that the executable would have by the name of the process, if a file is there and is the
 * same: one of several links to it. NULL if there is none, or the name is the file's own.
 */
struct error *live_find_alias(const struct target_identity *identity, char **ret) MUST_CHECK;

/* What target_open_trusted() is for a live process. */
struct error *live_open_trusted(
	const struct target_identity *identity, const char *path, int *ret_fd) MUST_CHECK;
