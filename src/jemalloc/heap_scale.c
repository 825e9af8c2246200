#include "jemalloc/heap_scale.h"

#include <math.h>

double heap_factor_uniform(double mean_size, double rate)
{
	double ratio = mean_size / rate;

	return ratio < 1 ? 1 / ratio : 1;
}

/* At rate 1 every object is sampled, of whatever size. */
double heap_factor_poisson(double mean_size, double rate)
{
	return rate == 1 ? 1 : -1 / expm1(-mean_size / rate);
}

struct heap_figures heap_scale(const struct heap_scale *scale, struct heap_figures figures)
{
	if (!scale->factor || figures.count == 0 || figures.bytes == 0)
		return figures;
	double factor = scale->factor(figures.bytes / figures.count, scale->rate);
	return (struct heap_figures){figures.count * factor, figures.bytes * factor};
}

int64_t heap_round(double value)
{
	return value >= 0x1p63 ? INT64_MAX : llround(value);
}
