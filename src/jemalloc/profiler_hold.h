#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "jemalloc/mallctl.h"

/*
 * The profiler switched on for limpet's own purpose: it goes back to what it was, whatever becomes
 * of limpet.
 */
struct profiler_hold {
	bool switched; /* by limpet; false: it was on before, and stays so */
	bool guarded;  /* limpet's own thread switches it back if limpet cannot */
	bool was_off;  /* at the end: somebody had switched it off, or limpet stood still */
};

/* active: what prof.active is now. Nothing is switched if there is an error. */
struct error *profiler_hold_on(struct jemalloc *jemalloc, bool active, struct profiler_hold *ret)
	MUST_CHECK;

/* Is not given up when it is interrupted. Fine when nothing was switched. */
struct error *profiler_hold_end(struct jemalloc *jemalloc, struct profiler_hold *hold) MUST_CHECK;
