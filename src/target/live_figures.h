#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "target/target.h"

/* All but the CPU time, of whatever process has that PID now. */
struct error *live_read_figures(pid_t pid, bool descriptors, struct target_figures *ret) MUST_CHECK;

/* pidfd_open(2), Linux 5.3: ERROR_UNSUPPORTED before. */
struct error *live_open_end(pid_t pid, int *ret_fd) MUST_CHECK;
