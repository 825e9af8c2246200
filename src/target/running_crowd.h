#pragma once

#include "target/running_check.h"

/*
 * A batch of many threads, most of which cannot be on a CPU: those that have not come onto one
 * since they were seen without one, which a short look tells. Of the others, the ones that have had
 * a CPU last come first, so that not all have to be looked at until as many are found as there are
 * CPUs. For the tracer process: does not allocate.
 */

struct crowd {
	struct tracer_item *items[CAPTURE_BATCH_MAX];
	size_t count;
};

/* Finds those that may be on a CPU. The others are resolved; of all that can be, cpu_time is known.
 */
void crowd_gather(struct tracer_shared *shared, struct crowd *crowd);

/* After running_check(): what it has told. */
void crowd_note(const struct tracer_item *item, enum running running);

/* Of one that is not looked at, because others have all CPUs. */
void crowd_leave_out(const struct tracer_item *item);
