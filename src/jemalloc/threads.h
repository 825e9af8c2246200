#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/array.h"
#include "base/error.h"
#include "call/choice.h"
#include "jemalloc/mallctl.h"
#include "target/target.h"

/* What jemalloc knows of each thread of the target: only that thread itself is told. */

enum thread_value {
	THREAD_ALLOCATED, /* bytes since it began */
	THREAD_DEALLOCATED,
	THREAD_ACTIVE, /* whether it is sampled when the profiler is active */
	THREAD_NAME,   /* that it has in dumps */
	THREAD_VALUE_COUNT,
};

struct jemalloc_thread {
	pid_t id;
	char name[16];
	enum thread_refusal refusal; /* why it was not asked; REFUSAL_NONE: it was */
	struct mallctl_reading values[THREAD_VALUE_COUNT]; /* ENOENT: not asked, or not kept */
};
ARRAY_DEFINE(jemalloc_threads, struct jemalloc_thread)

/*
 * Asks all threads of the program, each borrowed once. Those that may not be borrowed are tried
 * again until patience ns have passed, once at least. profiled: for THREAD_ACTIVE and THREAD_NAME,
 * too. Whoever asks for these makes the profiler keep a record of the thread from then on, and up
 * to jemalloc 5.2.1 a thread dies of it at its end if opt.prof is false (src/prof.c,
 * prof_tdata_detach(): its lock does not exist): only with struct profiler_status, enabled.
 */
struct error *jemalloc_threads_read(struct jemalloc *jemalloc, struct target *target, bool profiled,
	uint64_t patience, struct jemalloc_threads *ret) MUST_CHECK;
void jemalloc_threads_free(struct jemalloc_threads *threads);

/*
 * Switch one thread of the program, with opt.prof true only: whether it is sampled, and its name in
 * dumps. A thread that may not be borrowed is ERROR_UNSUPPORTED, one that is gone ERROR_GONE. The
 * name is taken by jemalloc if it has printable ASCII and blanks; 5.3.1 keeps 15 bytes of it.
 * *ret_before, of the name, is to be freed.
 */
struct error *jemalloc_thread_set_active(
	struct jemalloc *jemalloc, pid_t thread, bool active, bool *ret_before) MUST_CHECK;
struct error *jemalloc_thread_set_name(
	struct jemalloc *jemalloc, pid_t thread, const char *name, char **ret_before) MUST_CHECK;
