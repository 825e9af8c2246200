#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/quantity.h"
#include "cli/answer.h"
#include "cli/heap_request.h"
#include "cli/jemalloc_access.h"
#include "cli/json.h"
#include "cli/report.h"

static const char *yes_or_no(bool value)
{
	return value ? "yes" : "no";
}

/* Who switched it is known of this limpet; of others only that it was not at the start. */
static void print_active(struct heap_request *request)
{
	const struct ledger_entry *entry =
		find_switched(request->session, request->arguments, "prof.active");
	const struct profiler_status *status = &request->status;
	FILE *out = request->session->out;
	struct tm local;
	char time[64];
	time_t seconds = entry ? (time_t)entry->time : 0;

	fprintf(out, "active       %s", yes_or_no(status->active));
	if (entry && localtime_r(&seconds, &local) &&
		strftime(time, sizeof(time), "%Y-%m-%d %H:%M:%S", &local))
		fprintf(out, ", since %s by this limpet; it was %s", time,
			status->active ? "off" : "on");
	else if (status->active != status->active_at_start)
		fprintf(out, ", and %s at start: switched by the program or another limpet",
			yes_or_no(status->active_at_start));
	else
		fputs(status->active ? ", as at start" : "", out);
	fputc('\n', out);
}

/* jemalloc's own dumps go to files, in the process's working directory if the prefix has none. */
static void print_own_dumps(struct heap_request *request)
{
	const struct profiler_status *status = &request->status;
	FILE *out = request->session->out;
	char interval[QUANTITY_SIZE];
	const char *separator = "";

	fputs("own dumps    ", out);
	if (status->lg_interval >= 0) {
		fprintf(out, "every %s", format_bytes(exp2((double)status->lg_interval), interval));
		separator = ", ";
	}
	if (status->dumps_at_peaks) {
		fprintf(out, "%sat every new peak", separator);
		separator = ", ";
	}
	if (status->dumps_at_end) {
		fprintf(out, "%sat its end", separator);
		separator = ", ";
	}
	if (!*separator)
		fputs("none", out);
	if (status->dump_prefix && *status->dump_prefix) {
		fputs(*separator ? " to files " : "; files would be ", out);
		print_text(out, status->dump_prefix);
		fputs(".*", out);
	}
	fputc('\n', out);
}

static void print_profiler(struct heap_request *request)
{
	const struct profiler_status *status = &request->status;
	FILE *out = request->session->out;
	char rate[QUANTITY_SIZE];

	print_active(request);
	fprintf(out, "rate         one sample in %s (2^%" PRIu64 " bytes)\n",
		format_bytes(exp2((double)status->lg_sample), rate), status->lg_sample);
	fprintf(out, "accumulates  %s\n", yes_or_no(status->accumulates));
	print_own_dumps(request);
}

static json_t *since_json(struct heap_request *request)
{
	const struct ledger_entry *entry =
		find_switched(request->session, request->arguments, "prof.active");

	return json_time(entry ? entry->time * (int64_t)NANOSECONDS_PER_SECOND : 0);
}

static void answer_profiler(struct heap_request *request)
{
	const struct profiler_status *status = &request->status;
	struct session *session = request->session;

	answer_put(session, "active", json_boolean(status->active));
	answer_put(session, "active_at_start", json_boolean(status->active_at_start));
	answer_put(session, "switched", since_json(request));
	answer_put(session, "lg_sample", json_integer((json_int_t)status->lg_sample));
	answer_put(session, "sample_bytes", json_real(exp2((double)status->lg_sample)));
	answer_put(session, "accumulates", json_boolean(status->accumulates));
	answer_put(session, "dumps_at_peaks", json_boolean(status->dumps_at_peaks));
	answer_put(session, "dumps_at_end", json_boolean(status->dumps_at_end));
	answer_put(session, "dump_interval_bytes",
		status->lg_interval < 0 ? json_null()
					: json_real(exp2((double)status->lg_interval)));
	answer_put(session, "dump_prefix", json_text(status->dump_prefix));
}

/* Of a profiler that cannot be used there is no more to tell than why. */
static void answer(struct heap_request *request, const struct error *refusal)
{
	const struct profiler_status *status = &request->status;
	struct session *session = request->session;

	answer_put(session, "version", json_text(status->version));
	answer_put(session, "path", json_text(request->jemalloc.instance->path));
	answer_put(session, "built_in", json_boolean(status->built_in));
	answer_put(session, "enabled", json_boolean(status->enabled));
	answer_put(session, "refusal", json_text(refusal ? refusal->message : NULL));
	answer_put(session, "remedy", json_text(refusal ? refusal->hint : NULL));
	if (!refusal)
		answer_profiler(request);
}

static void print(struct heap_request *request, const struct error *refusal)
{
	const struct profiler_status *status = &request->status;
	FILE *out = request->session->out;

	fputs("jemalloc     ", out);
	print_text(out, status->version ? status->version : "of unknown version");
	fputs(" in ", out);
	print_text(out, request->jemalloc.instance->path);
	fprintf(out, "\nbuilt in     %s\n", yes_or_no(status->built_in));
	fprintf(out, "at start     %s\n", status->enabled ? "switched on" : "switched off");
	if (!refusal)
		print_profiler(request);
	else if (refusal->hint)
		report(request->session, "%s", refusal->hint);
}

struct error *heap_status(struct heap_request *request)
{
	CLEANUP(cleanup_error)
	struct error *refusal = profiler_require(&request->jemalloc, &request->status);

	if (request->session->json)
		answer(request, refusal);
	else
		print(request, refusal);
	return NULL;
}
