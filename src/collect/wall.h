#pragma once

#include "collect/cpu.h"

/*
 * Samples the stacks of all threads, also of those that wait, at random intervals around 1/rate. A
 * sample stands for the time since the one before of its thread. One that sleeps is looked at once
 * for each time that it goes to sleep: as long as it has not come onto a CPU, its stack is the
 * same. It is read while it sleeps wherever that shows its stack, and stopped at most once
 * otherwise.
 *
 * The values of a sample: 1, and the time (ns). statistics->cpu_time is the sum of all, and
 * sampled_time of those with a stack; the rest is there as "[not sampled]". Otherwise as
 * collect_cpu().
 */
struct error *collect_wall(const struct collector *collector, const struct cpu_options *options,
	struct profile **ret, struct cpu_statistics *ret_statistics) MUST_CHECK;
