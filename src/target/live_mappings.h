#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "target/target.h"

/* What target_open_mapping() is for a live process. task: proc_find_living(). */
struct error *live_open_mapped(
	struct target *target, pid_t task, const struct mapping *mapping, int *ret_fd) MUST_CHECK;

/* What target_root() is for a live process. */
void live_find_root(pid_t process, pid_t task, char ret[static TARGET_ROOT_SIZE]);
