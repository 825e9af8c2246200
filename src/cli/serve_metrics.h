#pragma once

#include "base/string_builder.h"
#include "cli/serve_figures.h"
#include "http/server.h"
#include "push/pusher.h"

/* What /metrics tells of a process. */
struct metrics_process {
	int pid;
	const char *name;
	const struct serve_figures *figures; /* NULL: nothing was asked of it yet */
	uint64_t resident;                   /* bytes */
	uint64_t cpu_time;                   /* ns */
};

struct metrics {
	const struct metrics_process *processes;
	size_t count;
	struct http_counts http;
	bool pushes; /* to a collector */
	struct push_counts push;
	uint64_t own_cpu_time; /* ns, of limpet's processes together */
	uint64_t own_resident; /* bytes, likewise */
	size_t own_processes;
	const char *version;
};

/*
 * OpenMetrics text 1.0.0 (github.com/OpenObservability/OpenMetrics): families one after the other,
 * each with its type and unit; ends with "# EOF".
 */
void metrics_write(const struct metrics *metrics, struct string_builder *to);
