#include "base/cleanup.h"
#include "base/quantity.h"
#include "cli/answer.h"
#include "cli/files.h"
#include "cli/heap_request.h"
#include "cli/heap_watch.h"
#include "cli/report.h"

static struct error *keep(struct heap_request *request, const struct profile *base,
	const struct session_profile **ret)
{
	const char *what = base->samples.count ? "more in use" : "allocated and in use";
	CLEANUP(heap_taken_deinit) struct heap_taken taken = {0};
	struct error *error = heap_take_dump(request, &taken);

	return error ? error : heap_keep_dump(request, &taken, base, what, ret);
}

static void report_nothing(const struct heap_request *request)
{
	char interval[QUANTITY_SIZE];

	report(request->session,
		"nothing was sampled that is still in use: jemalloc takes a sample about every %s "
		"that are allocated; record for longer (-d), or have it sample more often "
		"(`heap rate`)",
		format_bytes((double)(UINT64_C(1) << (request->status.lg_sample & 63)), interval));
}

static void report_recording(struct heap_request *request, const struct heap_watch *watch,
	const struct profile *base, const struct session_profile *kept)
{
	char duration[QUANTITY_SIZE];

	if (request->session->json)
		answer_put(
			request->session, "elapsed_ns", json_integer((json_int_t)watch->elapsed));
	report(request->session, "recorded for %s",
		format_duration((double)watch->elapsed, duration));
	if (!kept->profile->samples.count)
		report_nothing(request);
	heap_report_dump(request, kept);
	if (base->samples.count)
		report(request->session,
			"there were samples of before: this is what has come, less what has gone");
}

struct error *heap_record(struct heap_request *request)
{
	const char *output = arguments_value(request->arguments, "output");
	/* What there was before it began; without samples it makes no difference. */
	CLEANUP(heap_taken_deinit) struct heap_taken before = {0};
	const struct session_profile *kept;
	struct heap_watch watch = {0};
	struct error *error = output ? file_check(output) : NULL, *end;

	if (!error)
		error = heap_watch_duration(request, &watch);
	if (!error)
		error = heap_take_dump(request, &before);
	if (!error)
		error = heap_watch_begin(request, &watch);
	if (error)
		return error;
	error = heap_watch_until(request, &watch, watch.duration);
	end = heap_watch_end(request, &watch);
	if (!error)
		error = TAKE_POINTER(end);
	error_destroy(end);
	if (!error)
		error = heap_watch_check_wanted(&watch);
	if (!error)
		error = keep(request, before.profile, &kept);
	if (!error)
		error = heap_show(request, kept);
	if (!error)
		report_recording(request, &watch, before.profile, kept);
	return error;
}
