#include "jemalloc/growth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "profile/addition.h"

#define NORMAL 1.96 /* standard errors on both sides, that hold 95 of 100 */

enum {
	GROWTH_OBJECTS,
	GROWTH_SPACE,
	GROWTH_TYPES,
};

/* A straight line through points, over their whole range. */
struct line {
	double change;
	double margin; /* of the change, 95 of 100; 0 for two points */
};

/* Student's t for 95 of 100 on both sides. */
static double student(size_t freedom)
{
	static const double few[] = {12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26};

	return freedom <= ARRAY_SIZE(few) ? few[freedom - 1] : NORMAL + 2.7 / (double)freedom;
}

static double of_bytes(const struct heap_figures *figures)
{
	return figures->bytes;
}

static double of_objects(const struct heap_figures *figures)
{
	return figures->count;
}

static struct line fit(const double *times, const struct heap_figures *figures, size_t count,
	double (*of)(const struct heap_figures *figures))
{
	double range = times[count - 1] - times[0], mean_time = 0, mean = 0;
	double spread = 0, product = 0, left = 0, margin = 0;

	for (size_t i = 0; i < count; i++) {
		mean_time += times[i] / (double)count;
		mean += of(&figures[i]) / (double)count;
	}
	for (size_t i = 0; i < count; i++) {
		spread += (times[i] - mean_time) * (times[i] - mean_time);
		product += (times[i] - mean_time) * (of(&figures[i]) - mean);
	}
	double slope = spread > 0 ? product / spread : 0;
	for (size_t i = 0; i < count; i++) {
		double off = of(&figures[i]) - mean - slope * (times[i] - mean_time);

		left += off * off;
	}
	if (count > 2 && spread > 0)
		margin = student(count - 2) * sqrt(left / (double)(count - 2) / spread) * range;
	return (struct line){.change = slope * range, .margin = margin};
}

/* Samples that the figures were estimated from. */
static double sample_count(struct heap_figures figures, double rate)
{
	if (figures.count <= 0 || figures.bytes <= 0)
		return 0;
	return figures.count / heap_factor_poisson(figures.bytes / figures.count, rate);
}

static double sampling_margin(const struct heap_figures *figures, size_t count, double rate)
{
	double bytes = 0, samples = 0, changed;

	for (size_t i = 0; i < count; i++) {
		bytes += figures[i].bytes;
		samples += sample_count(figures[i], rate);
	}
	changed = fabs(sample_count(figures[count - 1], rate) - sample_count(figures[0], rate));
	return samples > 0 ? NORMAL * bytes / samples * sqrt(fmax(changed, 1)) : 0;
}

struct growth growth_estimate(
	const double *times, const struct heap_figures *figures, size_t count, double rate)
{
	struct line line = fit(times, figures, count, of_bytes);
	struct growth growth = {
		.bytes = line.change,
		.objects = fit(times, figures, count, of_objects).change,
		.margin = hypot(line.margin, sampling_margin(figures, count, rate)),
		.first = figures[0].bytes,
		.last = figures[count - 1].bytes,
	};

	for (size_t i = 1; i < count; i++)
		growth.rises += figures[i].bytes > figures[i - 1].bytes;
	return growth;
}

double growth_least(const struct growth *growth)
{
	return growth->bytes - growth->margin;
}

static struct error *add_dump_types(struct growth_series *series, size_t number)
{
	char objects[64], space[64];
	struct error *error;

	snprintf(objects, sizeof(objects), "inuse_objects_%zu", number);
	snprintf(space, sizeof(space), "inuse_space_%zu", number);
	error = profile_add_value_type(series->profile, objects, "count");
	return error ? error : profile_add_value_type(series->profile, space, "bytes");
}

struct error *growth_series_init(struct growth_series *series, size_t most)
{
	struct error *error;

	*series = (struct growth_series){.most = most};
	series->times = calloc(most, sizeof(*series->times));
	if (!series->times)
		return &error_no_memory;
	error = profile_create(&series->profile);
	if (!error)
		error = profile_add_value_type(series->profile, "growth_objects", "count");
	if (!error)
		error = profile_add_value_type(series->profile, "growth_space", "bytes");
	for (size_t i = 1; !error && i <= most; i++)
		error = add_dump_types(series, i);
	if (!error)
		error = profile_string(
			series->profile, "growth_space", &series->profile->default_sample_type);
	return error;
}

void growth_series_deinit(struct growth_series *series)
{
	profile_destroy(series->profile);
	free(series->times);
	*series = (struct growth_series){0};
}

static size_t objects_at(size_t dump)
{
	return GROWTH_TYPES + 2 * dump;
}

/* The default stays its own. */
static struct error *copy_texts(struct growth_series *series, const struct profile *dump)
{
	uint32_t type = series->profile->default_sample_type;
	struct error *error = profile_copy_texts(series->profile, dump);

	series->profile->default_sample_type = type;
	return error;
}

struct error *growth_add(struct growth_series *series, const struct profile *dump, uint64_t time)
{
	size_t at = objects_at(series->dumps);
	const struct profile_part parts[] = {
		{"inuse_objects", at},
		{"inuse_space", at + 1},
	};
	const struct profile_addition how = {
		.parts = parts, .part_count = ARRAY_SIZE(parts), .bare = true};
	struct error *error = NULL;

	if (!series->dumps)
		error = copy_texts(series, dump);
	if (!error)
		error = profile_add(series->profile, dump, &how);
	if (!error)
		series->times[series->dumps++] = (double)time / (double)NANOSECONDS_PER_SECOND;
	return error;
}

static int compare(const void *a, const void *b)
{
	const struct growth_entry *one = a, *other = b;
	double left = growth_least(&one->growth), right = growth_least(&other->growth);

	if (left != right)
		return left < right ? 1 : -1;
	return (one->stack > other->stack) - (one->stack < other->stack);
}

static void take_figures(
	const struct growth_series *series, const int64_t *values, struct heap_figures *ret)
{
	for (size_t i = 0; i < series->dumps; i++)
		ret[i] = (struct heap_figures){
			.count = (double)values[objects_at(i)],
			.bytes = (double)values[objects_at(i) + 1],
		};
}

/* Room for the figures of one stack, and of all. */
static struct error *rank(struct growth_series *series, struct heap_figures *figures,
	struct heap_figures *all, struct growth_entries *ret)
{
	struct profile *profile = series->profile;
	double rate = profile->period > 0 ? (double)profile->period : 1;
	struct error *error = NULL;

	for (size_t i = 0; !error && i < profile->samples.count; i++) {
		int64_t *values = &profile->values.items[i * profile->value_types.count];

		take_figures(series, values, figures);
		struct growth_entry entry = {
			.stack = profile->samples.items[i].stack,
			.growth = growth_estimate(series->times, figures, series->dumps, rate),
		};
		values[GROWTH_OBJECTS] = heap_round(entry.growth.objects);
		values[GROWTH_SPACE] = heap_round(entry.growth.bytes);
		for (size_t j = 0; j < series->dumps; j++) {
			all[j].count += figures[j].count;
			all[j].bytes += figures[j].bytes;
		}
		error = growth_entries_append(ret, entry);
	}
	return error;
}

struct error *growth_rank(
	struct growth_series *series, struct growth_entries *ret, struct growth *ret_all)
{
	struct profile *profile = series->profile;
	struct heap_figures *figures = calloc(2 * series->dumps, sizeof(*figures));
	struct heap_figures *all = figures + series->dumps;
	struct error *error = figures ? rank(series, figures, all, ret) : &error_no_memory;

	if (!error && ret->count)
		qsort(ret->items, ret->count, sizeof(*ret->items), compare);
	if (!error)
		*ret_all = growth_estimate(series->times, all, series->dumps,
			profile->period > 0 ? (double)profile->period : 1);
	free(figures);
	return error;
}
