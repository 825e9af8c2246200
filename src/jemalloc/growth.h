#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "jemalloc/heap_scale.h"
#include "profile/profile.h"

/* What grows from dump to dump of one process, by how much, and how sure that is. */

/*
 * The line of least squares through a stack's memory, from the first dump to the last. The margin
 * holds the truth 95 times of 100. It joins that of the line (Student's t, after more than two
 * dumps) and that of the samples by which the dumps differ, as if they came at random: twice what
 * one sample stands for, times the root of their number. What comes and goes without growing is so
 * not taken for growth.
 */
struct growth {
	double bytes, objects;
	double margin;      /* of bytes */
	unsigned rises;     /* from one dump to the next */
	double first, last; /* bytes in these dumps */
};

/* At times in any unit, all different and in order, at least two; rate: bytes a sample. */
struct growth growth_estimate(
	const double *times, const struct heap_figures *figures, size_t count, double rate);

/* Bytes that it grew by for sure: less the margin. */
double growth_least(const struct growth *growth);

struct growth_entry {
	uint32_t stack; /* of the series' profile */
	struct growth growth;
};
ARRAY_DEFINE(growth_entries, struct growth_entry)

/*
 * Dumps gathered in one profile, without their labels. Value types: growth_objects/count and
 * growth_space/bytes, the default, by growth_rank(); then inuse_objects_N and inuse_space_N, from
 * 1, of each dump.
 */
struct growth_series {
	struct profile *profile;
	double *times; /* s since the first */
	size_t dumps;  /* added so far */
	size_t most;
};

/* For so many dumps at most. */
struct error *growth_series_init(struct growth_series *series, size_t most) MUST_CHECK;
void growth_series_deinit(struct growth_series *series);

/* As heap_dump_parse() makes it, of the same process and later than those before; time in ns. */
struct error *growth_add(struct growth_series *series, const struct profile *dump, uint64_t time)
	MUST_CHECK;

/* Stacks by what they grew for sure, most first; *ret_all: their sum. At least two dumps. */
struct error *growth_rank(struct growth_series *series, struct growth_entries *ret,
	struct growth *ret_all) MUST_CHECK;
