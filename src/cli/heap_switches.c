#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/quantity.h"
#include "cli/heap_request.h"
#include "cli/jemalloc_access.h"
#include "cli/report.h"

static const char *yes_or_no(bool value)
{
	return value ? "yes" : "no";
}

struct error *heap_status(struct heap_request *request)
{
	const struct profiler_status *status = &request->status;
	FILE *out = request->session->out;
	char rate[QUANTITY_SIZE];
	struct error *error;

	fputs("jemalloc     ", out);
	print_text(out, status->version ? status->version : "of unknown version");
	fputs(" in ", out);
	print_text(out, request->jemalloc.instance->path);
	fprintf(out, "\nbuilt in     %s\n", yes_or_no(status->built_in));
	fprintf(out, "at start     %s\n", status->enabled ? "switched on" : "switched off");
	if (!status->built_in || !status->enabled) {
		error = profiler_require(&request->jemalloc, status);
		if (error && error->hint)
			report(request->session, "%s", error->hint);
		error_destroy(error);
		return NULL;
	}
	fprintf(out, "active       %s\n", yes_or_no(status->active));
	fprintf(out, "rate         one sample in %s (2^%" PRIu64 " bytes)\n",
		format_bytes(exp2((double)status->lg_sample), rate), status->lg_sample);
	fprintf(out, "accumulates  %s\n", yes_or_no(status->accumulates));
	return NULL;
}

/* jemalloc may take an order and do nothing: what counts is what it says afterwards. */
static struct error *switch_to(struct heap_request *request, bool active)
{
	struct error *error = profiler_set_active(&request->jemalloc, active);
	struct mallctl_value now;

	if (!error)
		error = mallctl_read(&request->jemalloc, "prof.active", &now);
	if (error)
		return error;
	if (now.boolean != active)
		return error_create(ERROR_FAILED, "jemalloc took the order and did not follow it");
	fprintf(request->session->out, "the heap profiler is %s\n", active ? "on" : "off");
	return note_switched(request->session, request->arguments, "prof.active",
		request->status.active ? "true" : "false", active ? "true" : "false",
		request->status.active ? "heap on" : "heap off", NULL);
}

struct error *heap_on(struct heap_request *request)
{
	struct error *error = switch_to(request, true);

	if (!error)
		report(request->session,
			"memory allocated from now on is sampled; it stays on after limpet has let "
			"go, until `heap off`");
	return error;
}

struct error *heap_off(struct heap_request *request)
{
	return switch_to(request, false);
}

static struct error *note_rate(struct heap_request *request, const char *rate)
{
	uint64_t former = request->status.lg_sample;
	char before[32], undo[64];

	snprintf(before, sizeof(before), "%" PRIu64, former);
	snprintf(undo, sizeof(undo), "heap rate %" PRIu64, former);
	return note_switched(
		request->session, request->arguments, "prof.lg_sample", before, rate, undo, NULL);
}

struct error *heap_rate(struct heap_request *request)
{
	const char *text = arguments_word(request->arguments, 1);
	char bytes[QUANTITY_SIZE];
	struct error *error;
	uint64_t rate;

	if (!text)
		return heap_status(request);
	if (!parse_unsigned(text, &rate) || rate > LG_SAMPLE_MAX)
		return error_set_hint(
			arguments_error(request->arguments, "'%s' is no sampling rate", text),
			"it takes the power of two of the bytes between two samples: 19 (512 kB) "
			"is "
			"the default, less is finer and costs more");
	error = profiler_reset(&request->jemalloc, &rate);
	if (error)
		return error;
	fprintf(request->session->out, "one sample in %s from now on\n",
		format_bytes(exp2((double)rate), bytes));
	report(request->session,
		"the samples taken so far are gone: jemalloc cannot keep them with another rate");
	return note_rate(request, text);
}

struct error *heap_reset(struct heap_request *request)
{
	struct error *error = profiler_reset(&request->jemalloc, NULL);

	if (!error)
		fputs("all samples are forgotten; the profiler goes on as before\n",
			request->session->out);
	return error;
}
