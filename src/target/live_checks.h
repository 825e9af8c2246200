#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* What is asked before a process is attached to: live.h lists the refusals. */

struct error *live_check_exists(pid_t pid) MUST_CHECK;
/* One that is attached this very moment. */
bool live_is_traced_by_limpet(pid_t pid);

struct error *live_check_process(pid_t pid, const char *name) MUST_CHECK;

/* What the kernel's answer to PTRACE_SEIZE means; 0: nothing is in the way. */
struct error *live_check_seized(pid_t pid, const char *name, int refused) MUST_CHECK;
