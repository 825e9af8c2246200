#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/quantity.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/jemalloc_access.h"
#include "cli/json.h"
#include "cli/process_options.h"
#include "cli/report.h"
#include "jemalloc/statistics.h"
#include "jemalloc/statistics_text.h"

static const struct command_option options[] = {
	TARGET_OPTIONS,
	{.name = "arenas", .letter = 'a', .help = "each arena, too"},
	{.name = "classes", .letter = 'c', .help = "each size class, too"},
	{.name = "full", .help = "all that jemalloc itself prints: malloc_stats_print(3)"},
	INSTANCE_OPTION,
	{0},
};

static const char *const meanings[STATISTIC_COUNT] = {
	[STATISTIC_ALLOCATED] = "in use by the program",
	[STATISTIC_ACTIVE] = "in pages with something in use",
	[STATISTIC_METADATA] = "jemalloc's own",
	[STATISTIC_RESIDENT] = "in physical memory, at most",
	[STATISTIC_MAPPED] = "mapped",
	[STATISTIC_RETAINED] = "kept as address space only",
};

struct figures {
	struct statistics statistics;
	bool has_memory; /* of a live process, on a kernel that tells */
	struct target_memory memory;
	struct arena_statistics_array arenas;
	struct class_statistics_array classes;
};

static void figures_deinit(struct figures *figures)
{
	statistics_deinit(&figures->statistics);
	arena_statistics_array_deinit(&figures->arenas);
	class_statistics_array_deinit(&figures->classes);
}

static void print_figure(FILE *out, const char *name, uint64_t value, const char *meaning)
{
	char text[QUANTITY_SIZE];

	fprintf(out, "%-16s %16" PRIu64 " %10s  %s\n", name, value,
		format_bytes((double)value, text), meaning);
}

/* How far one figure is above another, and in what share of it. Neither need be the larger one. */
static void print_distance(
	FILE *out, const char *name, uint64_t lower, uint64_t higher, const char *meaning)
{
	char text[QUANTITY_SIZE];
	double distance = (double)higher - (double)lower;

	fprintf(out, "%-33s %10s  %5.1f%%  %s\n", name, format_bytes(distance, text),
		higher ? 100 * distance / (double)higher : 0.0, meaning);
}

static void print_distances(FILE *out, const struct figures *figures)
{
	const uint64_t *values = figures->statistics.values;
	const bool *known = figures->statistics.known;

	fputc('\n', out);
	if (known[STATISTIC_ACTIVE])
		print_distance(out, "from allocated to active", values[STATISTIC_ALLOCATED],
			values[STATISTIC_ACTIVE], "fragmentation: free places in pages in use");
	if (known[STATISTIC_ACTIVE] && known[STATISTIC_RESIDENT])
		print_distance(out, "from active to resident", values[STATISTIC_ACTIVE],
			values[STATISTIC_RESIDENT],
			"its own, and free pages not given back: heap purge");
	if (known[STATISTIC_RESIDENT] && figures->has_memory)
		print_distance(out, "from resident to RSS", values[STATISTIC_RESIDENT],
			figures->memory.resident,
			figures->memory.resident < values[STATISTIC_RESIDENT]
				? "less than 0: jemalloc counts pages that were not touched yet, "
				  "or are swapped out"
				: "code, stacks, other mappings");
}

static void print_summary(FILE *out, const struct jemalloc *jemalloc, const struct figures *figures)
{
	const struct statistics *statistics = &figures->statistics;

	if (statistics->version) {
		fputs("jemalloc ", out);
		print_text(out, statistics->version);
		fputs(" in ", out);
		print_text(out, jemalloc->instance->path);
		fputc('\n', out);
	}
	for (enum statistic i = 0; i < STATISTIC_COUNT; i++)
		if (statistics->known[i])
			print_figure(out, statistic_name(i), statistics->values[i], meanings[i]);
	if (figures->has_memory) {
		print_figure(
			out, "RSS", figures->memory.resident, "of the process, in physical memory");
		print_figure(out, "PSS", figures->memory.proportional,
			"the same, shared pages divided by those who share them");
	}
	if (figures->has_memory && figures->memory.swapped)
		print_figure(out, "swapped", figures->memory.swapped, "out of physical memory");
	print_distances(out, figures);
}

static void print_cell(FILE *out, uint64_t bytes)
{
	char text[QUANTITY_SIZE];

	fprintf(out, " %10s", format_bytes((double)bytes, text));
}

static void print_arenas(FILE *out, const struct arena_statistics_array *arenas)
{
	fprintf(out, "\n%6s %8s %10s %10s %10s %10s %10s %10s\n", "arena", "threads", "small",
		"large", "active", "dirty", "muzzy", "mapped");
	ARRAY_FOR_EACH (arena, arenas) {
		fprintf(out, "%6u %8" PRIu64, arena->index, arena->threads);
		print_cell(out, arena->small);
		print_cell(out, arena->large);
		print_cell(out, arena->active);
		print_cell(out, arena->dirty);
		print_cell(out, arena->muzzy);
		print_cell(out, arena->mapped);
		fputc('\n', out);
	}
}

/* Large ones have a page run each, with nothing free in it. */
static void print_class(FILE *out, const struct class_statistics *class)
{
	uint64_t places = class->slabs * class->slab_places;

	print_cell(out, class->size);
	fprintf(out, " %12" PRIu64, class->count);
	print_cell(out, class->size * class->count);
	if (places)
		fprintf(out, " %6.1f%%", 100 * (double)class->count / (double)places);
	else
		fprintf(out, " %7s", "");
	fprintf(out, " %14" PRIu64 " %14" PRIu64 "\n", class->requested, class->freed);
}

static void print_classes(FILE *out, const struct class_statistics_array *classes)
{
	fprintf(out, "\n %10s %12s %10s %7s %14s %14s\n", "size", "in use", "bytes", "filled",
		"allocated", "freed");
	ARRAY_FOR_EACH (class, classes)
		print_class(out, class);
}

static json_t *summary_json(const struct jemalloc *jemalloc, const struct figures *figures)
{
	const struct statistics *statistics = &figures->statistics;
	json_t *object = json_pack("{s:o, s:o}", "version", json_text(statistics->version), "path",
		json_text(jemalloc->instance->path));

	for (enum statistic i = 0; i < STATISTIC_COUNT; i++)
		if (statistics->known[i])
			json_put(&object, statistic_name(i) + strlen("stats."),
				json_integer((json_int_t)statistics->values[i]));
	if (!figures->has_memory)
		return object;
	json_put(&object, "rss", json_integer((json_int_t)figures->memory.resident));
	json_put(&object, "pss", json_integer((json_int_t)figures->memory.proportional));
	json_put(&object, "swapped", json_integer((json_int_t)figures->memory.swapped));
	return object;
}

static json_t *arenas_json(const struct arena_statistics_array *arenas)
{
	json_t *array = json_array();

	ARRAY_FOR_EACH (arena, arenas)
		json_add(&array,
			json_pack("{s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "index",
				(int)arena->index, "threads", (json_int_t)arena->threads, "small",
				(json_int_t)arena->small, "large", (json_int_t)arena->large,
				"active", (json_int_t)arena->active, "dirty",
				(json_int_t)arena->dirty, "muzzy", (json_int_t)arena->muzzy,
				"mapped", (json_int_t)arena->mapped));
	return array;
}

static json_t *classes_json(const struct class_statistics_array *classes)
{
	json_t *array = json_array();

	ARRAY_FOR_EACH (class, classes)
		json_add(&array,
			json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "size",
				(json_int_t) class->size, "count", (json_int_t) class->count,
				"requested", (json_int_t) class->requested, "freed",
				(json_int_t) class->freed, "slabs", (json_int_t) class->slabs,
				"slab_places", (json_int_t) class->slab_places));
	return array;
}

static struct error *answer(struct session *session, const struct jemalloc *jemalloc,
	const struct arguments *arguments, const struct figures *figures)
{
	json_t *object = summary_json(jemalloc, figures);

	if (arguments_has(arguments, "arenas"))
		json_put(&object, "arenas", arenas_json(&figures->arenas));
	if (arguments_has(arguments, "classes"))
		json_put(&object, "classes", classes_json(&figures->classes));
	return answer_put_all(session, object);
}

static struct error *print_figures(struct session *session, const struct jemalloc *jemalloc,
	const struct arguments *arguments, const struct figures *figures)
{
	if (session->json)
		return answer(session, jemalloc, arguments, figures);
	print_summary(session->out, jemalloc, figures);
	if (arguments_has(arguments, "arenas"))
		print_arenas(session->out, &figures->arenas);
	if (arguments_has(arguments, "classes"))
		print_classes(session->out, &figures->classes);
	return NULL;
}

static struct error *read_memory_use(struct target *target, struct figures *ret)
{
	struct error *error = target_memory_use(target, &ret->memory);

	ret->has_memory = !error;
	return error_unless(error, ERROR_UNSUPPORTED);
}

/* What jemalloc and the kernel say is to be of one moment, as far as can be. */
static struct error *read_figures(struct jemalloc *jemalloc, struct target *target,
	const struct arguments *arguments, struct figures *ret)
{
	struct error *error = statistics_read(jemalloc, &ret->statistics);

	if (!error)
		error = read_memory_use(target, ret);
	if (!error && arguments_has(arguments, "arenas"))
		error = statistics_read_arenas(jemalloc, &ret->arenas);
	if (!error && arguments_has(arguments, "classes"))
		error = statistics_read_classes(jemalloc, &ret->classes);
	return error;
}

/* jemalloc's own object. Figures beyond 64 bits of a signed number are fractions then. */
static struct error *answer_in_full(struct session *session, const struct u8_array *text)
{
	json_error_t problem;
	json_t *object = json_loadb(
		(const char *)text->items, text->count, JSON_DECODE_INT_AS_REAL, &problem);

	if (!json_is_object(object)) {
		json_decref(object);
		return error_create(ERROR_MALFORMED,
			"what jemalloc reports is no JSON: line %d: %s", problem.line,
			problem.text);
	}
	return answer_put_all(session, object);
}

static struct error *print_in_full(struct session *session, struct jemalloc *jemalloc)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct error *error = statistics_print(
		jemalloc, session->attachment->target->identity.pid, session->json, &text);

	if (error)
		return error;
	if (session->json)
		return answer_in_full(session, &text);
	fwrite(text.items, 1, text.count, session->out);
	return NULL;
}

static struct error *print_figures_of(
	struct session *session, struct jemalloc *jemalloc, const struct arguments *arguments)
{
	CLEANUP(figures_deinit) struct figures figures = {0};
	struct error *error =
		read_figures(jemalloc, session->attachment->target, arguments, &figures);

	return error ? error : print_figures(session, jemalloc, arguments, &figures);
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	struct attachment *attachment;
	struct jemalloc jemalloc;
	struct error *error = require_jemalloc(session, arguments, &attachment, &jemalloc);

	if (error)
		return error;
	error = arguments_has(arguments, "full") ? print_in_full(session, &jemalloc)
						 : print_figures_of(session, &jemalloc, arguments);
	finish_jemalloc(session, &jemalloc);
	return error;
}

const struct command command_stats = {
	.name = "stats",
	.group = GROUP_HEAP,
	.usage = "[--arenas] [--classes] [--full]",
	.summary = "the allocator's figures, as of now",
	.description =
		"Has jemalloc refresh its statistics and reads them, all in one call, and what the "
		"kernel says of the process beside it. The program asked for `allocated`; what "
		"lies between that and the memory that the process takes is told below: "
		"fragmentation, free pages that jemalloc has not given back yet, and all that is "
		"not jemalloc's.\n\n"
		"--arenas: where the threads allocate from, and what is kept there. --classes: "
		"each size that was ever asked for, over all arenas; `filled` is how much of its "
		"slabs is in use: a low share of many bytes is where fragmentation comes from.\n\n"
		"--full: jemalloc's own report, as text or, with --json, as JSON. It is made on "
		"limpet's own thread, and does not go through the process's stderr.",
	.examples = (const char *const[]){"stats", "stats --arenas --classes", "stats --full",
		"stats --json", NULL},
	.options = options,
	.repeatable = true,
	.prints_json = true,
	.run = run,
};
