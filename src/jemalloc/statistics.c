#include "jemalloc/statistics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "jemalloc/arenas.h"
#include "jemalloc/mallctl_pattern.h"

#define COLUMNS_MAX 8

static const char *const names[STATISTIC_COUNT] = {
	[STATISTIC_ALLOCATED] = "stats.allocated",
	[STATISTIC_ACTIVE] = "stats.active",
	[STATISTIC_METADATA] = "stats.metadata",
	[STATISTIC_RESIDENT] = "stats.resident",
	[STATISTIC_MAPPED] = "stats.mapped",
	[STATISTIC_RETAINED] = "stats.retained",
};

const char *statistic_name(enum statistic statistic)
{
	return names[statistic];
}

struct error *statistics_read(struct jemalloc *jemalloc, struct statistics *ret)
{
	struct mallctl_reading readings[STATISTIC_COUNT + 1];
	struct mallctl_reading *version = &readings[STATISTIC_COUNT];
	struct error *error;

	for (size_t i = 0; i < STATISTIC_COUNT; i++)
		readings[i] = (struct mallctl_reading){.name = names[i], .type = MALLCTL_SIZE};
	*version = (struct mallctl_reading){.name = "version", .type = MALLCTL_STRING};
	error = mallctl_read_all(jemalloc, readings, ARRAY_SIZE(readings));
	if (error)
		return error;
	*ret = (struct statistics){
		.version = version->result ? NULL : TAKE_POINTER(version->value.text)};
	for (size_t i = 0; i < STATISTIC_COUNT; i++) {
		ret->known[i] = !readings[i].result;
		ret->values[i] = ret->known[i] ? readings[i].value.number : 0;
	}
	mallctl_readings_deinit(readings, ARRAY_SIZE(readings));
	if (ret->known[STATISTIC_ALLOCATED])
		return NULL;
	statistics_deinit(ret);
	return mallctl_explain(jemalloc, names[0], readings[0].result);
}

void statistics_deinit(struct statistics *statistics)
{
	free(statistics->version);
	statistics->version = NULL;
}

/* A table that is read some rows at a time. The last number in a column's name is the row's. */
struct table {
	struct jemalloc *jemalloc;
	const char *const *columns;
	const enum mallctl_type *types;
	size_t column_count;
	unsigned arena; /* what the number before it is, if there is one */
};

static void name_cell(
	const struct table *table, const char *pattern, unsigned row, char ret[MALLCTL_NAME_SIZE])
{
	char of_arena[MALLCTL_NAME_SIZE];

	if (strchr(pattern, '#') != strrchr(pattern, '#')) {
		mallctl_pattern_number(pattern, table->arena, of_arena);
		pattern = of_arena;
	}
	mallctl_pattern_number(pattern, row, ret);
}

/* Cells that this jemalloc does not know are 0; ret_known: of each row's first one. */
static struct error *read_rows(const struct table *table, unsigned first, size_t rows,
	uint64_t (*ret)[COLUMNS_MAX], bool *ret_known)
{
	char cells[MALLCTL_READINGS_MAX][MALLCTL_NAME_SIZE];
	struct mallctl_reading readings[MALLCTL_READINGS_MAX];
	size_t width = table->column_count, count = rows * width;
	struct error *error;

	for (size_t i = 0; i < count; i++) {
		name_cell(
			table, table->columns[i % width], first + (unsigned)(i / width), cells[i]);
		readings[i] =
			(struct mallctl_reading){.name = cells[i], .type = table->types[i % width]};
	}
	error = mallctl_read_all(table->jemalloc, readings, count);
	for (size_t i = 0; !error && i < count; i++) {
		ret[i / width][i % width] = readings[i].result ? 0 : readings[i].value.number;
		if (i % width == 0)
			ret_known[i / width] = !readings[i].result;
	}
	return error;
}

typedef struct error *row_function(void *context, unsigned row, const uint64_t values[COLUMNS_MAX])
	MUST_CHECK;

/* From row 0 on; rows that this jemalloc does not know are left out. */
static struct error *read_table(
	const struct table *table, size_t count, row_function *use, void *context)
{
	size_t step = MALLCTL_READINGS_MAX / table->column_count;
	struct error *error = NULL;

	for (unsigned row = 0; !error && row < count;) {
		uint64_t values[MALLCTL_READINGS_MAX][COLUMNS_MAX] = {0};
		bool known[MALLCTL_READINGS_MAX];
		size_t rows = count - row < step ? count - row : step;

		error = read_rows(table, row, rows, values, known);
		for (size_t i = 0; !error && i < rows; i++, row++)
			if (known[i])
				error = use(context, row, values[i]);
	}
	return error;
}

static const char *const arena_columns[] = {
	"stats.arenas.#.pactive",
	"stats.arenas.#.nthreads",
	"stats.arenas.#.small.allocated",
	"stats.arenas.#.large.allocated",
	"stats.arenas.#.huge.allocated",
	"stats.arenas.#.pdirty",
	"stats.arenas.#.pmuzzy",
	"stats.arenas.#.mapped",
};
static const enum mallctl_type arena_types[] = {MALLCTL_SIZE, MALLCTL_UNSIGNED, MALLCTL_SIZE,
	MALLCTL_SIZE, MALLCTL_SIZE, MALLCTL_SIZE, MALLCTL_SIZE, MALLCTL_SIZE};

struct arena_table {
	struct arena_statistics_array *arenas;
	uint64_t page;
};

static struct error *add_arena(void *context, unsigned row, const uint64_t values[COLUMNS_MAX])
{
	const struct arena_table *table = context;

	return arena_statistics_array_append(
		table->arenas, (struct arena_statistics){
				       .index = row,
				       .threads = values[1],
				       .small = values[2],
				       .large = values[3] + values[4],
				       .active = values[0] * table->page,
				       .dirty = values[5] * table->page,
				       .muzzy = values[6] * table->page,
				       .mapped = values[7],
			       });
}

struct error *statistics_read_arenas(struct jemalloc *jemalloc, struct arena_statistics_array *ret)
{
	CLEANUP(arena_statistics_array_deinit) struct arena_statistics_array arenas = {0};
	struct arena_table context = {.arenas = &arenas};
	const struct table table = {.jemalloc = jemalloc,
		.columns = arena_columns,
		.types = arena_types,
		.column_count = ARRAY_SIZE(arena_columns)};
	uint64_t count = 0;
	struct error *error = mallctl_read_count(jemalloc, "arenas.narenas", &count);

	if (!error)
		error = mallctl_read_count(jemalloc, "arenas.page", &context.page);
	if (!error)
		error = read_table(&table, count, add_arena, &context);
	if (error)
		return error;
	*ret = arenas;
	arenas = (struct arena_statistics_array){0};
	return NULL;
}

/* What jemalloc 4 has in two tables, runs and chunks, is in one since. */
static const char *const class_columns[][6] = {
	{"arenas.bin.#.size", "stats.arenas.#.bins.#.curregs", "stats.arenas.#.bins.#.nmalloc",
		"stats.arenas.#.bins.#.ndalloc", "stats.arenas.#.bins.#.curslabs",
		"arenas.bin.#.nregs"},
	{"arenas.lextent.#.size", "stats.arenas.#.lextents.#.curlextents",
		"stats.arenas.#.lextents.#.nmalloc", "stats.arenas.#.lextents.#.ndalloc", NULL,
		NULL},
	{"arenas.lrun.#.size", "stats.arenas.#.lruns.#.curruns", "stats.arenas.#.lruns.#.nmalloc",
		"stats.arenas.#.lruns.#.ndalloc", NULL, NULL},
	{"arenas.hchunk.#.size", "stats.arenas.#.hchunks.#.curhchunks",
		"stats.arenas.#.hchunks.#.nmalloc", "stats.arenas.#.hchunks.#.ndalloc", NULL, NULL},
};
static const enum mallctl_type class_types[] = {
	MALLCTL_SIZE, MALLCTL_SIZE, MALLCTL_UINT64, MALLCTL_UINT64, MALLCTL_SIZE, MALLCTL_UNSIGNED};

static struct error *add_class(void *context, unsigned row, const uint64_t values[COLUMNS_MAX])
{
	(void)row;
	if (!values[2])
		return NULL;
	return class_statistics_array_append(context, (struct class_statistics){
							      .size = values[0],
							      .count = values[1],
							      .requested = values[2],
							      .freed = values[3],
							      .slabs = values[4],
							      .slab_places = values[5],
						      });
}

struct error *statistics_read_classes(struct jemalloc *jemalloc, struct class_statistics_array *ret)
{
	CLEANUP(class_statistics_array_deinit) struct class_statistics_array classes = {0};
	unsigned sum = 0;
	uint64_t count = 0;
	struct error *error = arenas_find_sum(jemalloc, &sum);

	for (size_t i = 0; !error && i < ARRAY_SIZE(class_columns); i++) {
		const struct table table = {.jemalloc = jemalloc,
			.columns = class_columns[i],
			.types = class_types,
			.column_count = i ? 4 : 6,
			.arena = sum};

		error = mallctl_read_count(jemalloc, mallctl_count_name(table.columns[0]), &count);
		if (!error)
			error = read_table(&table, count, add_class, &classes);
	}
	if (error)
		return error;
	*ret = classes;
	classes = (struct class_statistics_array){0};
	return NULL;
}
