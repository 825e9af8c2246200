#pragma once

#include <sched.h>

#include "target/target.h"
#include "target/tracer_protocol.h"

/* Where the threads of the last capture ran, and what for: from where the tracer should stop them.
 */
struct places {
	cpu_set_t busy;
	/* Of the last captures of threads that run: all, and those in system calls. */
	unsigned seen, in_calls;
};

/* After a capture of threads that run: what the tracer did not look up, in no thread's way. */
void places_remember(struct places *places, const struct tracer_shared *shared);
void places_note_calls(struct places *places, const struct capture *capture);

/* One of the CPUs where threads were, by chance; -1: none is known. */
int places_draw_busy(const struct places *places, uint64_t random);

/*
 * A CPU where none of the threads is, as they do nothing but compute; -1: they do not, or there is
 * none.
 */
int places_find_free(const struct places *places);
