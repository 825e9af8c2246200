#include "cli/serve_metrics.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "export/utf8.h"

/* The value of a label: \, " and newlines are escaped; what is no UTF-8 is replaced. */
static void append_value(struct string_builder *to, const char *text)
{
	STRING_BUILDER(clean);

	utf8_append(&clean, text, strlen(text));
	for (const char *c = clean.text ? clean.text : ""; *c; c++) {
		if (*c == '\\' || *c == '"')
			string_append_char(to, '\\');
		if (*c == '\n')
			string_append(to, "\\n");
		else
			string_append_char(to, *c);
	}
}

static void begin_family(struct string_builder *to, const char *name, const char *type,
	const char *unit, const char *help)
{
	string_append_format(to, "# TYPE %s %s\n", name, type);
	if (unit)
		string_append_format(to, "# UNIT %s %s\n", name, unit);
	string_append_format(to, "# HELP %s %s\n", name, help);
}

/* "NAME{pid="1",name="x"", to be closed. */
static void begin_sample(
	struct string_builder *to, const char *name, const struct metrics_process *process)
{
	string_append_format(to, "%s{pid=\"%d\",name=\"", name, process->pid);
	append_value(to, process->name);
	string_append_char(to, '"');
}

static void add_label(struct string_builder *to, const char *key, const char *value)
{
	string_append_format(to, ",%s=\"", key);
	append_value(to, value);
	string_append_char(to, '"');
}

static void end_sample(struct string_builder *to, uint64_t value)
{
	string_append_format(to, "} %" PRIu64 "\n", value);
}

static void append_seconds(struct string_builder *to, uint64_t time)
{
	string_append_format(
		to, "%llu.%09llu", time / NANOSECONDS_PER_SECOND, time % NANOSECONDS_PER_SECOND);
}

static void end_sample_seconds(struct string_builder *to, uint64_t time)
{
	string_append(to, "} ");
	append_seconds(to, time);
	string_append_char(to, '\n');
}

#define FOR_EACH_PROCESS(process, metrics)                                                         \
	for (const struct metrics_process *process = (metrics)->processes;                         \
		process && process < (metrics)->processes + (metrics)->count; process++)

static void write_kernel(const struct metrics *metrics, struct string_builder *to)
{
	begin_family(to, "process_resident_memory_bytes", "gauge", "bytes",
		"Physical memory that the process takes.");
	FOR_EACH_PROCESS(process, metrics)
	{
		begin_sample(to, "process_resident_memory_bytes", process);
		end_sample(to, process->resident);
	}
	begin_family(to, "process_cpu_seconds", "counter", "seconds",
		"CPU time that the kernel charged to the process.");
	FOR_EACH_PROCESS(process, metrics)
	{
		begin_sample(to, "process_cpu_seconds_total", process);
		end_sample_seconds(to, process->cpu_time);
	}
}

static void write_captures(const struct metrics *metrics, struct string_builder *to)
{
	begin_family(to, "limpet_captures", "counter", NULL,
		"Profiles that were taken of the process, by kind and by what became of them.");
	FOR_EACH_PROCESS(process, metrics)
	for (int kind = 0; process->figures && kind < SERVE_KINDS; kind++)
		for (int end = 0; end < SERVE_ENDS; end++) {
			begin_sample(to, "limpet_captures_total", process);
			add_label(to, "kind", serve_kind_name(kind));
			add_label(to, "outcome", serve_end_name(end));
			end_sample(to, process->figures->captures[kind][end]);
		}
	begin_family(to, "limpet_lost_samples", "counter", NULL,
		"Samples that could not be taken, by the reason.");
	FOR_EACH_PROCESS(process, metrics)
	for (int i = 0; process->figures && i < CAPTURE_OUTCOME_COUNT; i++) {
		if (!process->figures->lost[i])
			continue;
		begin_sample(to, "limpet_lost_samples_total", process);
		add_label(to, "reason", capture_outcome_text((enum capture_outcome)i));
		end_sample(to, process->figures->lost[i]);
	}
}

static void write_counter(const struct metrics *metrics, const char *name, const char *help,
	size_t offset, struct string_builder *to)
{
	begin_family(to, name, "counter", NULL, help);
	FOR_EACH_PROCESS(process, metrics)
	{
		if (!process->figures)
			continue;
		string_append(to, name);
		begin_sample(to, "_total", process);
		end_sample(to, *(const uint64_t *)((const char *)process->figures + offset));
	}
}

static void write_bucket(const struct metrics_process *process, size_t bucket, uint64_t count,
	struct string_builder *to)
{
	begin_sample(to, "limpet_pause_seconds_bucket", process);
	if (bucket == SERVE_BUCKETS - 1)
		string_append(to, ",le=\"+Inf\"");
	else
		string_append_format(to, ",le=\"%g\"", (double)serve_bucket_bounds[bucket] / 1e9);
	end_sample(to, count);
}

static void write_pauses(const struct metrics *metrics, struct string_builder *to)
{
	begin_family(to, "limpet_pause_seconds", "histogram", "seconds",
		"How long a thread stood still for a sample.");
	FOR_EACH_PROCESS(process, metrics)
	{
		uint64_t count = 0;

		if (!process->figures)
			continue;
		for (size_t i = 0; i < SERVE_BUCKETS; i++)
			write_bucket(process, i, count += process->figures->pauses[i], to);
		begin_sample(to, "limpet_pause_seconds_count", process);
		end_sample(to, count);
		begin_sample(to, "limpet_pause_seconds_sum", process);
		end_sample_seconds(to, process->figures->held_total);
	}
}

static void write_jemalloc(const struct metrics *metrics, struct string_builder *to)
{
	static const struct {
		const char *name, *help;
	} gauges[STATISTIC_COUNT] = {
		[STATISTIC_ALLOCATED] = {"jemalloc_allocated_bytes", "In use by the program."},
		[STATISTIC_ACTIVE] = {"jemalloc_active_bytes", "In pages with something in use."},
		[STATISTIC_METADATA] = {"jemalloc_metadata_bytes", "For jemalloc's own data."},
		[STATISTIC_RESIDENT] = {"jemalloc_resident_bytes", "In physical memory, at most."},
		[STATISTIC_MAPPED] = {"jemalloc_mapped_bytes", "Mapped."},
		[STATISTIC_RETAINED] = {"jemalloc_retained_bytes", "Kept as address space only."},
	};

	for (int i = 0; i < STATISTIC_COUNT; i++) {
		begin_family(to, gauges[i].name, "gauge", "bytes", gauges[i].help);
		FOR_EACH_PROCESS(process, metrics)
		{
			if (!process->figures || !process->figures->known[i])
				continue;
			begin_sample(to, gauges[i].name, process);
			end_sample(to, process->figures->values[i]);
		}
	}
	begin_family(to, "jemalloc_profiler_active", "gauge", NULL,
		"Whether jemalloc samples allocations.");
	FOR_EACH_PROCESS(process, metrics)
	{
		if (!process->figures || !process->figures->profiler_known)
			continue;
		begin_sample(to, "jemalloc_profiler_active", process);
		end_sample(to, process->figures->active);
	}
}

static void write_http(const struct http_counts *http, struct string_builder *to)
{
	begin_family(to, "limpet_http_answers", "counter", NULL,
		"Answers to clients, by the hundreds of the status.");
	for (size_t i = 1; i < ARRAY_SIZE(http->answered); i++)
		string_append_format(to, "limpet_http_answers_total{class=\"%zuxx\"} %" PRIu64 "\n",
			i, http->answered[i]);
	begin_family(to, "limpet_http_refused_connections", "counter", NULL,
		"Connections beyond the limit.");
	string_append_format(
		to, "limpet_http_refused_connections_total %" PRIu64 "\n", http->refused);
	begin_family(to, "limpet_http_abandoned_requests", "counter", NULL,
		"Clients that left before their answer.");
	string_append_format(
		to, "limpet_http_abandoned_requests_total %" PRIu64 "\n", http->abandoned);
	begin_family(to, "limpet_http_connections", "gauge", NULL, "Connections now.");
	string_append_format(to, "limpet_http_connections %" PRIu32 "\n", http->connections);
}

static void write_push(const struct push_counts *push, struct string_builder *to)
{
	const struct {
		const char *outcome;
		uint64_t count;
	} outcomes[] = {
		{"sent", push->sent}, {"refused", push->refused}, {"dropped", push->dropped}};

	begin_family(to, "limpet_pushed_profiles", "counter", NULL,
		"Profiles for the collector, by what became of them.");
	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++)
		string_append_format(to,
			"limpet_pushed_profiles_total{outcome=\"%s\"} %" PRIu64 "\n",
			outcomes[i].outcome, outcomes[i].count);
	begin_family(to, "limpet_push_retries", "counter", NULL,
		"Attempts to send a profile beyond the first.");
	string_append_format(to, "limpet_push_retries_total %" PRIu64 "\n", push->retries);
	begin_family(to, "limpet_push_waiting_profiles", "gauge", NULL,
		"Profiles that wait to be sent.");
	string_append_format(to, "limpet_push_waiting_profiles %" PRIu64 "\n", push->waiting);
}

static void write_own(const struct metrics *metrics, struct string_builder *to)
{
	begin_family(to, "limpet_cpu_seconds", "counter", "seconds",
		"CPU time of limpet itself, all of its processes.");
	string_append(to, "limpet_cpu_seconds_total ");
	append_seconds(to, metrics->own_cpu_time);
	begin_family((string_append_char(to, '\n'), to), "limpet_resident_memory_bytes", "gauge",
		"bytes", "Physical memory of limpet itself, all of its processes.");
	string_append_format(
		to, "limpet_resident_memory_bytes %" PRIu64 "\n", metrics->own_resident);
	begin_family(to, "limpet_processes", "gauge", NULL, "Processes that limpet consists of.");
	string_append_format(to, "limpet_processes %zu\n", metrics->own_processes);
	begin_family(to, "limpet_served_processes", "gauge", NULL, "Processes that are served.");
	string_append_format(to, "limpet_served_processes %zu\n", metrics->count);
	begin_family(to, "limpet_build", "info", NULL, "The version of limpet.");
	string_append(to, "limpet_build_info{version=\"");
	append_value(to, metrics->version);
	string_append(to, "\"} 1\n");
}

void metrics_write(const struct metrics *metrics, struct string_builder *to)
{
	write_kernel(metrics, to);
	write_counter(metrics, "limpet_samples", "Samples that were taken of the process.",
		offsetof(struct serve_figures, samples), to);
	write_counter(metrics, "limpet_stops", "How often a thread was stopped for a sample.",
		offsetof(struct serve_figures, stops), to);
	write_captures(metrics, to);
	write_pauses(metrics, to);
	write_jemalloc(metrics, to);
	write_http(&metrics->http, to);
	if (metrics->pushes)
		write_push(&metrics->push, to);
	write_own(metrics, to);
	string_append(to, "# EOF\n");
}
