#pragma once

#include "base/error.h"
#include "target/target.h"

/*
 * The process that does all the ptrace: a child of limpet's, so that it can be thrown away. It is
 * attached to a thread only while that thread is stopped. Killing it, at any instant, lets go of
 * everything it held; so does the death of limpet. The parent watches it with a deadline.
 */
struct tracer;

struct error *tracer_create(pid_t process, struct tracer **ret) MUST_CHECK;
void tracer_destroy(struct tracer *tracer); /* takes NULL */

/* ns of CPU that the tracer process has used, with those before it. */
uint64_t tracer_cpu_time(const struct tracer *tracer);

/* As target_capture(). The tracer process itself waits until the time, to be there at once. */
struct error *tracer_capture(
	struct tracer *tracer, uint64_t time, struct capture *captures, size_t count) MUST_CHECK;

/* As target_capture_series(). */
struct error *tracer_capture_series(struct tracer *tracer, struct capture_series *series)
	MUST_CHECK;

/* As target_borrow(). */
struct error *tracer_borrow(struct tracer *tracer, struct borrow *borrow) MUST_CHECK;

/* As target_seccomp_filters(), but for a thread that has some. */
struct error *tracer_filters(struct tracer *tracer, pid_t thread, struct seccomp_filters *ret)
	MUST_CHECK;
