#include "heap_support.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "jemalloc/growth.h"

#define RATE  524288.0
#define MIB   1048576.0
#define BLOCK 65536.0

static const double times[] = {0, 10, 20, 30, 40};
#define COUNT (sizeof(times) / sizeof(times[0]))

static struct growth grown(const double mib[COUNT])
{
	struct heap_figures figures[COUNT];

	for (size_t i = 0; i < COUNT; i++)
		figures[i] = (struct heap_figures){mib[i] * MIB / BLOCK, mib[i] * MIB};
	return growth_estimate(times, figures, COUNT, RATE);
}

static void a_steady_leak_is_sure(void **state)
{
	const double mib[] = {10, 20, 30, 40, 50};
	struct growth growth = grown(mib);

	(void)state;
	assert_true(fabs(growth.bytes - 40 * MIB) < 1);
	assert_true(fabs(growth.objects - 40 * MIB / BLOCK) < 1e-6);
	assert_int_equal(growth.rises, 4);
	assert_true(growth.first == 10 * MIB && growth.last == 50 * MIB);
	/* On a line; 40 MiB more are 75 samples of 0.53 MiB each. */
	double sample = BLOCK / -expm1(-BLOCK / RATE);
	assert_true(fabs(growth.margin - 1.96 * sample * sqrt(40 * MIB / sample)) < 1);
	assert_true(growth_least(&growth) > 30 * MIB);
}

static void one_sample_more_is_not(void **state)
{
	const double mib[] = {10, 10, 10, 10.5, 10.5};
	struct growth growth = grown(mib);

	(void)state;
	assert_true(growth.bytes > 0);
	assert_true(growth_least(&growth) < 0);
}

static void what_comes_and_goes_is_not(void **state)
{
	const double mib[] = {10, 60, 5, 70, 30};
	struct growth growth = grown(mib);

	(void)state;
	assert_true(growth.bytes > 0);
	assert_true(growth_least(&growth) < 0);
	assert_int_equal(growth.rises, 2);
}

static void what_fills_up_and_stays_is_not(void **state)
{
	const double mib[] = {0, 32, 32, 32, 32};
	struct growth growth = grown(mib);

	(void)state;
	assert_true(growth.bytes > 0);
	assert_true(growth_least(&growth) < 0);
}

static void what_shrinks_or_stays_is_not(void **state)
{
	const double less[] = {50, 40, 30, 20, 10}, same[] = {50, 50, 50, 50, 50},
		     none[COUNT] = {0};
	struct growth shrunk = grown(less), stayed = grown(same), empty = grown(none);

	(void)state;
	assert_true(fabs(shrunk.bytes + 40 * MIB) < 1);
	assert_int_equal(shrunk.rises, 0);
	assert_true(growth_least(&shrunk) < 0);
	assert_true(growth_least(&stayed) < 0);
	assert_true(empty.bytes == 0 && empty.margin == 0);
}

/* Of two dumps nothing is known but how they differ. */
static void two_dumps_do(void **state)
{
	const struct heap_figures figures[] = {{160, 10 * MIB}, {1600, 100 * MIB}};
	struct growth growth = growth_estimate(times, figures, 2, RATE);

	(void)state;
	assert_true(fabs(growth.bytes - 90 * MIB) < 1);
	assert_true(growth_least(&growth) > 60 * MIB);
}

static void add(struct growth_series *series, unsigned leak, unsigned other, uint64_t seconds)
{
	char text[512];

	snprintf(text, sizeof(text),
		"heap_v2/1\n  t*: 0: 0 [0: 0]\n  t0: 0: 0 [0: 0]\n"
		"@ 0x1001 0x2001\n  t*: %u: %u [0: 0]\n  t0: %u: %u [0: 0]\n"
		"@ 0x1002 0x2001\n  t*: %u: %u [0: 0]\n  t1: %u: %u [0: 0]\n",
		leak, 1000 * leak, leak, 1000 * leak, other, 1000 * other, other, 1000 * other);
	CLEANUP(cleanup_profile) struct profile *dump = parsed(text);
	assert_null(growth_add(series, dump, seconds * NANOSECONDS_PER_SECOND));
}

static void stacks_of_dumps_are_ranked(void **state)
{
	CLEANUP(growth_series_deinit) struct growth_series series;
	CLEANUP(growth_entries_deinit) struct growth_entries entries = {0};
	struct growth all;

	(void)state;
	assert_null(growth_series_init(&series, 4));
	add(&series, 100, 5000, 1);
	add(&series, 3100, 4000, 2);
	add(&series, 6100, 3000, 3);
	assert_null(growth_rank(&series, &entries, &all));
	assert_int_equal(entries.count, 2);
	assert_true(fabs(entries.items[0].growth.bytes - 6e6) < 1);
	assert_true(fabs(entries.items[1].growth.bytes + 2e6) < 1);
	assert_true(fabs(all.bytes - 4e6) < 1);
	assert_int_equal(total(series.profile, "growth_space"), 4000000);
	assert_int_equal(total(series.profile, "growth_objects"), 4000);
	assert_int_equal(total(series.profile, "inuse_space_1"), 5100000);
	assert_int_equal(total(series.profile, "inuse_space_3"), 9100000);
	assert_int_equal(total(series.profile, "inuse_space_4"), 0);
	size_t usual;
	assert_true(profile_find_value_type(series.profile, NULL, &usual));
	assert_int_equal(usual, 1);
	assert_null(profile_check(series.profile));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_steady_leak_is_sure),
		cmocka_unit_test(one_sample_more_is_not),
		cmocka_unit_test(what_comes_and_goes_is_not),
		cmocka_unit_test(what_fills_up_and_stays_is_not),
		cmocka_unit_test(what_shrinks_or_stays_is_not),
		cmocka_unit_test(two_dumps_do),
		cmocka_unit_test(stacks_of_dumps_are_ranked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
