#pragma once

#include <stdint.h>

/* Objects and their bytes: as a dump has them, or estimates of what was really there. */
struct heap_figures {
	double count;
	double bytes;
};

/*
 * How many objects of a mean size one sample stands for, when a sample is taken every rate bytes
 * on average. The formulas are those of jeprof's AdjustSamples(): version 1 for a uniformly drawn
 * distance between samples, version 2 for a Poisson process.
 */
struct heap_scale {
	double (*factor)(double mean_size, double rate); /* NULL: leave all as it is */
	double rate;                                     /* bytes, above 0 */
};

double heap_factor_uniform(double mean_size, double rate);
double heap_factor_poisson(double mean_size, double rate);

/* Figures without a mean size are left as they are. */
struct heap_figures heap_scale(const struct heap_scale *scale, struct heap_figures figures);

/* The nearest whole number; what is too large for one becomes INT64_MAX. */
int64_t heap_round(double value);
