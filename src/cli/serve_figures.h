#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "jemalloc/statistics.h"
#include "target/target.h"

/* What is counted of a served process, and known of its jemalloc, for metrics and the page. */

enum serve_kind {
	SERVE_CPU,
	SERVE_WALL,
	SERVE_HEAP,
	SERVE_HEAP_DELTA,
	SERVE_STACKS,
	SERVE_KINDS,
};

enum serve_end {
	SERVE_COMPLETE,
	SERVE_CUT_SHORT, /* by the process's end, or for want of time */
	SERVE_ABANDONED, /* whoever asked has gone */
	SERVE_FAILED,
	SERVE_ENDS,
};

const char *serve_kind_name(enum serve_kind kind);
const char *serve_end_name(enum serve_end end);

#define SERVE_BUCKETS 12
/* ns: pauses that are no longer; the last one is any. */
extern const uint64_t serve_bucket_bounds[SERVE_BUCKETS];

struct serve_figures {
	uint64_t captures[SERVE_KINDS][SERVE_ENDS];
	uint64_t samples, stops, held_total; /* ns */
	uint64_t pauses[SERVE_BUCKETS];      /* by length, each in one */
	uint64_t lost[CAPTURE_OUTCOME_COUNT];

	/* As jemalloc told last. */
	uint64_t asked_at; /* monotonic ns; 0: never */
	bool known[STATISTIC_COUNT];
	uint64_t values[STATISTIC_COUNT];
	bool profiler_known; /* of the next two */
	bool active, accumulates;
	char *refusal; /* why there is no heap profile; NULL: there is, or it is not known yet */
};

void serve_figures_deinit(struct serve_figures *figures);

/* Adds what `cpu --json` tells of a capture. */
void serve_figures_add_capture(struct serve_figures *figures, const json_t *answer);
/* Keeps what `stats --json` and `heap status --json` tell. An answer may be NULL: then nothing is
 * known. */
void serve_figures_take_stats(struct serve_figures *figures, const json_t *answer);
void serve_figures_take_status(struct serve_figures *figures, const json_t *answer);

/* A number of an answer; 0 if there is none. */
uint64_t serve_number(const json_t *answer, const char *key);
