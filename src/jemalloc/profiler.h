#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "jemalloc/mallctl.h"

/* jemalloc's heap profiler in the target: state, switch, rate, dump. */

struct profiler_status {
	char *version;        /* of jemalloc; owned */
	bool built_in;        /* config.prof */
	bool enabled;         /* opt.prof: switched on when the process started */
	bool active;          /* prof.active */
	uint64_t lg_sample;   /* 2^lg_sample bytes between two samples, on average */
	bool accumulates;     /* opt.prof_accum */
	bool active_at_start; /* opt.prof_active */
	bool dumps_at_peaks;  /* prof.gdump */
	bool dumps_at_end;    /* opt.prof_final */
	int64_t lg_interval;  /* 2^lg_interval bytes between dumps of its own; below 0: none */
	char *dump_prefix;    /* opt.prof_prefix; owned; NULL: unknown */
};

struct error *profiler_read_status(struct jemalloc *jemalloc, struct profiler_status *ret)
	MUST_CHECK;
void profiler_status_deinit(struct profiler_status *status);

/*
 * ERROR_UNSUPPORTED, with the remedy, if the profiler cannot be used: not built in, or not
 * switched on at start, in which case jemalloc <= 5.2.1 would accept all orders and do nothing.
 */
struct error *profiler_require(
	const struct jemalloc *jemalloc, const struct profiler_status *status) MUST_CHECK;

struct error *profiler_set_active(struct jemalloc *jemalloc, bool active) MUST_CHECK;

#define LG_SAMPLE_MAX 63

/* Forgets all samples; lg_sample NULL keeps the rate. */
struct error *profiler_reset(struct jemalloc *jemalloc, const uint64_t *lg_sample) MUST_CHECK;

/* A heap dump as jemalloc writes it, by way of a file in the target's memory (memfd_create(2)). */
struct error *profiler_dump(struct jemalloc *jemalloc, pid_t process, struct u8_array *ret)
	MUST_CHECK;
