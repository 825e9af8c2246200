#include "cli/heap_watch.h"

#include "base/clock.h"
#include "base/quantity.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "session/interrupt.h"

#define PROGRESS_INTERVAL (NANOSECONDS_PER_SECOND / 2)

struct error *heap_watch_duration(struct heap_request *request, struct heap_watch *ret)
{
	uint64_t usual = settings_number(&request->session->settings, SETTING_DURATION);

	return arguments_duration(request->arguments, "duration", usual, &ret->duration);
}

/* Whole seconds do: it is for somebody who waits. */
static void show_progress(struct progress *progress, const struct heap_watch *watch)
{
	char elapsed[QUANTITY_SIZE], left[QUANTITY_SIZE];
	uint64_t second = NANOSECONDS_PER_SECOND, seconds = watch->elapsed / second * second;

	if (progress_is_due(progress))
		progress_show(progress, "%s, %s left; Ctrl-C ends it",
			format_duration((double)seconds, elapsed),
			format_duration(
				(double)(watch->duration > seconds ? watch->duration - seconds : 0),
				left));
}

struct error *heap_watch_until(
	struct heap_request *request, struct heap_watch *watch, uint64_t time)
{
	struct target *target = request->attachment->target;
	struct progress progress = progress_begin(request->session);
	struct error *error = NULL;

	while (!error && watch->elapsed < time && !watch->interrupted) {
		uint64_t next = watch->elapsed + PROGRESS_INTERVAL;

		error = target_wait_until(target, watch->begun + (next < time ? next : time));
		watch->elapsed = target_now(target) - watch->begun;
		watch->interrupted = session_interrupted();
		if (!error)
			show_progress(&progress, watch);
	}
	progress_end(&progress);
	return error;
}

void heap_watch_heed(struct heap_watch *watch)
{
	watch->interrupted = true;
	watch->discarded |= session_key_presses() > (watch->heeded ? 0U : 1U);
	session_clear_interrupts();
}

struct error *heap_watch_check_wanted(const struct heap_watch *watch)
{
	bool again = watch->interrupted && session_key_presses();

	return watch->discarded || again
		       ? error_create(ERROR_INTERRUPTED,
				 "interrupted twice: what was recorded is discarded")
		       : NULL;
}

static void report_end(struct heap_request *request, const struct heap_watch *watch)
{
	if (watch->hold.was_off)
		report(request->session,
			"the profiler was found off at the end: it was switched off by another, or "
			"limpet stood still for more than a second; what was allocated since then "
			"is not seen");
	else
		report(request->session, "the profiler is off again");
}

struct error *heap_watch_end(struct heap_request *request, struct heap_watch *watch)
{
	bool switched = watch->hold.switched;
	struct error *error;

	watch->discarded |= session_key_presses() > 1;
	watch->heeded = true;
	session_clear_interrupts();
	error = heap_recheck(request);
	if (!error)
		error = profiler_hold_end(&request->jemalloc, &watch->hold);
	if (!error && switched)
		report_end(request, watch);
	return error;
}

struct error *heap_watch_begin(struct heap_request *request, struct heap_watch *watch)
{
	struct error *error =
		profiler_hold_on(&request->jemalloc, request->status.active, &watch->hold);

	if (error)
		return error;
	if (watch->hold.switched)
		error = heap_wake_threads(request);
	if (error) {
		error_destroy(heap_watch_end(request, watch));
		return error;
	}
	watch->begun = target_now(request->attachment->target);
	if (watch->hold.switched && !watch->hold.guarded)
		report(request->session,
			"limpet has no thread of its own in the process: if it is killed now, the "
			"profiler stays on until `heap off`");
	return NULL;
}
