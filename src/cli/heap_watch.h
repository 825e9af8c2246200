#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cli/heap_request.h"
#include "jemalloc/profiler_hold.h"

/* A time during which the profiler is on for `heap record` and `heap growth`, and watched. */
struct heap_watch {
	uint64_t duration; /* ns that it is to take */
	uint64_t begun;    /* target_now() */
	uint64_t elapsed;  /* ns, as of the last wait */
	bool interrupted;  /* by Ctrl-C, which ends it well */
	bool heeded;       /* and was cleared by heap_watch_heed() */
	bool discarded;    /* by a second one, which says that nothing is to be kept */
	struct profiler_hold hold;
};

/* As the option --duration says, or the setting. ERROR_USAGE. */
struct error *heap_watch_duration(struct heap_request *request, struct heap_watch *ret) MUST_CHECK;
/* Switches the profiler on if it is not. */
struct error *heap_watch_begin(struct heap_request *request, struct heap_watch *watch) MUST_CHECK;
/*
 * Waits until so many ns after the beginning, and shows how far it is. ERROR_GONE when the process
 * has ended. Ctrl-C is no error.
 */
struct error *heap_watch_until(
	struct heap_request *request, struct heap_watch *watch, uint64_t time) MUST_CHECK;
/* ERROR_INTERRUPTED if it was pressed twice, also since the watch has ended. */
struct error *heap_watch_check_wanted(const struct heap_watch *watch) MUST_CHECK;
/* Goes on after Ctrl-C, which was a wish to come to the end. */
void heap_watch_heed(struct heap_watch *watch);
/* The profiler is as it was before; says so. To be called however it went. */
struct error *heap_watch_end(struct heap_request *request, struct heap_watch *watch) MUST_CHECK;
