#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/quantity.h"
#include "cli/heap_request.h"
#include "cli/jemalloc_access.h"
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

struct error *heap_status(struct heap_request *request)
{
	const struct profiler_status *status = &request->status;
	FILE *out = request->session->out;
	struct error *error;

	fputs("jemalloc     ", out);
	print_text(out, status->version ? status->version : "of unknown version");
	fputs(" in ", out);
	print_text(out, request->jemalloc.instance->path);
	fprintf(out, "\nbuilt in     %s\n", yes_or_no(status->built_in));
	fprintf(out, "at start     %s\n", status->enabled ? "switched on" : "switched off");
	error = profiler_require(&request->jemalloc, status);
	if (!error)
		print_profiler(request);
	else if (error->hint)
		report(request->session, "%s", error->hint);
	error_destroy(error);
	return NULL;
}
