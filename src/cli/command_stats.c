#include <inttypes.h>
#include <stdio.h>

#include "base/quantity.h"
#include "cli/command.h"
#include "cli/jemalloc_access.h"
#include "cli/report.h"

static const struct {
	const char *name;
	const char *meaning;
} figures[] = {
	{"stats.allocated", "in use by the program"},
	{"stats.active", "in pages with something in use"},
	{"stats.metadata", "jemalloc's own"},
	{"stats.resident", "in physical memory, at most"},
	{"stats.mapped", "mapped"},
	{"stats.retained", "kept as address space only"},
};

#define FIGURES ARRAY_SIZE(figures)

static void print_figure(FILE *out, const struct mallctl_reading *reading, const char *meaning)
{
	char text[QUANTITY_SIZE];

	fprintf(out, "%-16s %16" PRIu64 " %10s  %s\n", reading->name, reading->value.number,
		format_bytes((double)reading->value.number, text), meaning);
}

static struct error *print_figures(
	struct session *session, const struct jemalloc *jemalloc, struct mallctl_reading *readings)
{
	const struct mallctl_reading *version = &readings[FIGURES];

	if (readings[0].result)
		return mallctl_explain(jemalloc, readings[0].name, readings[0].result);
	if (!version->result && version->value.text) {
		fputs("jemalloc ", session->out);
		print_text(session->out, version->value.text);
		fputs(" in ", session->out);
		print_text(session->out, jemalloc->instance->path);
		fputc('\n', session->out);
	}
	for (size_t i = 0; i < FIGURES; i++)
		if (!readings[i].result)
			print_figure(session->out, &readings[i], figures[i].meaning);
	return NULL;
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	struct mallctl_reading readings[FIGURES + 1] = {
		[FIGURES] = {.name = "version", .type = MALLCTL_STRING}};
	struct attachment *attachment;
	struct jemalloc jemalloc;
	struct error *error = require_jemalloc(session, &attachment, &jemalloc);

	(void)arguments;
	for (size_t i = 0; i < FIGURES; i++)
		readings[i] =
			(struct mallctl_reading){.name = figures[i].name, .type = MALLCTL_SIZE};
	if (!error)
		error = mallctl_read_all(&jemalloc, readings, ARRAY_SIZE(readings));
	if (error)
		return error;
	finish_jemalloc(session, &jemalloc);
	error = print_figures(session, &jemalloc, readings);
	mallctl_readings_deinit(readings, ARRAY_SIZE(readings));
	return error;
}

const struct command command_stats = {
	.name = "stats",
	.group = GROUP_HEAP,
	.usage = "",
	.summary = "the allocator's figures, as of now",
	.description =
		"Has jemalloc refresh its statistics and reads them, all in one call. The program "
		"asked for `allocated`; what `active` and `resident` are above it is fragmentation "
		"and caches.",
	.examples = (const char *const[]){"stats", NULL},
	.repeatable = true,
	.run = run,
};
