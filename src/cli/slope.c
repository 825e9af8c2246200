#include "cli/slope.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define PARTS      60 /* of the window, between two points; fewer than SLOPE_POINTS */
#define PAIRS      ((size_t)SLOPE_POINTS * (SLOPE_POINTS - 1) / 2)
#define LEAST      3  /* points */
#define WHOLE_PART 20 /* of the window: what may lack of it */

void slope_init(struct slope *slope, uint64_t window)
{
	*slope = (struct slope){.window = window};
}

void slope_forget(struct slope *slope)
{
	slope->count = 0;
}

void slope_add(struct slope *slope, uint64_t time, double value)
{
	size_t old = 0;

	if (slope->count &&
		time - slope->points[slope->count - 1].time < slope->window / (PARTS + 1))
		return;
	/* However far apart points are, there are enough, and over a whole window. */
	while (slope->count - old >= LEAST && time - slope->points[old + 1].time >= slope->window)
		old++;
	if (slope->count - old == SLOPE_POINTS)
		old++;
	slope->count -= old;
	memmove(slope->points, slope->points + old, slope->count * sizeof(slope->points[0]));
	slope->points[slope->count++] = (struct slope_point){time, value};
}

static int compare(const void *one, const void *other)
{
	double difference = *(const double *)one - *(const double *)other;

	return (difference > 0) - (difference < 0);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

bool slope_estimate(const struct slope *slope, double *ret, double *ret_level)
{
	const struct slope_point *points = slope->points;
	double slopes[PAIRS], values[SLOPE_POINTS];
	size_t pairs = 0;

	if (slope->count < LEAST || points[slope->count - 1].time - points[0].time <
					    slope->window - slope->window / WHOLE_PART)
		return false;
	for (size_t i = 0; i < slope->count; i++) {
		values[i] = points[i].value;
		for (size_t j = i + 1; j < slope->count; j++)
			slopes[pairs++] = (points[j].value - points[i].value) /
					  ((double)(points[j].time - points[i].time) /
						  NANOSECONDS_PER_SECOND);
	}
	*ret = median(slopes, pairs);
	*ret_level = median(values, slope->count);
	return true;
}
