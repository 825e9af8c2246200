#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "jemalloc/mallctl.h"

/* jemalloc's heap profiler in the target: state, switch, rate, dump. */

/*
 * What becomes of the bytes that a thread has yet to allocate until its next sample when the
 * profiler or its rate is switched.
 */
enum sample_wait {
	/* Drawn at the new rate: up to 5.1 (src/prof.c, prof_tdata_reinit()). */
	SAMPLE_WAIT_DRAWN,
	/* It first runs out: from 5.3 on (src/prof.c, prof_sample_new_event_wait()). */
	SAMPLE_WAIT_KEPT,
	/*
	 * The same, and once it runs out while the profiler is off it never ends: 5.2
	 * (src/jemalloc.c, je_malloc(): SSIZE_MAX), jemalloc issue 1605. It is drawn for a thread
	 * that the profiler has no valid record of, when that thread reads thread.prof.active.
	 */
	SAMPLE_WAIT_LOST,
};

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
	enum sample_wait wait;
	char *dump_prefix; /* opt.prof_prefix; owned; NULL: unknown */
};

struct error *profiler_read_status(struct jemalloc *jemalloc, struct profiler_status *ret)
	MUST_CHECK;
void profiler_status_deinit(struct profiler_status *status);

/*
 * By mallctl's version, "5.2.1-0-gea6b3e97...", or NULL. since_5_3: it has what 5.3.0 brought, as
 * not every build tells its version.
 */
enum sample_wait profiler_sample_wait(const char *version, bool since_5_3);

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
