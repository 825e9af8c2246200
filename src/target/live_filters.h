#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "target/target.h"
#include "target/tracer.h"

/* As target_seccomp_filters(). Without the right to read them, nobody is stopped. */
struct error *live_filters_read(
	struct tracer *tracer, pid_t process, pid_t thread, struct seccomp_filters *ret) MUST_CHECK;
