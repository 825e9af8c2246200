#include "../base/test_support.h"

#include <math.h>

#include "base/array.h"
#include "base/clock.h"
#include "cli/slope.h"

#define SECOND NANOSECONDS_PER_SECOND
#define WINDOW (60 * SECOND)
#define START  (1000 * SECOND)

static void add(struct slope *slope, uint64_t seconds, double value)
{
	slope_add(slope, START + seconds * SECOND, value);
}

/* Of a line that grows by 3 a second from 1000 on. */
static void add_line(struct slope *slope, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i <= to; i++)
		add(slope, i, 1000 + 3 * (double)i);
}

static void a_whole_window_is_needed(void **state)
{
	struct slope slope;
	double growth, level;

	(void)state;
	slope_init(&slope, WINDOW);
	assert_false(slope_estimate(&slope, &growth, &level));
	add_line(&slope, 0, 50);
	assert_false(slope_estimate(&slope, &growth, &level));
	add_line(&slope, 51, 60);
	assert_true(slope_estimate(&slope, &growth, &level));
	assert_true(fabs(growth - 3) < 1e-9);
	assert_true(fabs(level - 1090) < 1e-9);
	slope_forget(&slope);
	assert_false(slope_estimate(&slope, &growth, &level));
}

static void what_is_old_counts_no_more(void **state)
{
	struct slope slope;
	double growth, level;

	(void)state;
	slope_init(&slope, WINDOW);
	add_line(&slope, 0, 200);
	for (uint64_t i = 201; i <= 261; i++)
		add(&slope, i, 5);
	assert_true(slope_estimate(&slope, &growth, &level));
	assert_true(growth == 0);
	assert_true(level == 5);
}

static void peaks_and_steps_do_not_decide(void **state)
{
	struct slope slope;
	double growth, level;

	(void)state;
	slope_init(&slope, WINDOW);
	for (uint64_t i = 0; i <= 60; i++)
		add(&slope, i, i == 30 || i > 55 ? 1e9 : 100);
	assert_true(slope_estimate(&slope, &growth, &level));
	assert_true(growth == 0);
	assert_true(level == 100);
}

static void many_looks_are_thinned_out(void **state)
{
	struct slope slope;
	double growth, level;

	(void)state;
	slope_init(&slope, WINDOW);
	for (uint64_t i = 0; i <= 6000; i++)
		slope_add(&slope, START + i * SECOND / 100, (double)i);
	assert_in_range(slope.count, 50, SLOPE_POINTS);
	assert_true(slope_estimate(&slope, &growth, &level));
	assert_true(fabs(growth - 100) < 1e-6);
}

/* As with `--every 10s`, where each look comes a little late; and with more than the window. */
static void looks_may_be_rare(void **state)
{
	static const uint64_t intervals[] = {SECOND * 6001 / 1000, SECOND * 10001 / 1000,
		SECOND * 50, SECOND * 60, SECOND * 61, SECOND * 600};
	struct slope slope;
	double growth, level;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(intervals); i++) {
		slope_init(&slope, WINDOW);
		for (uint64_t j = 0; j < 40; j++)
			slope_add(&slope, START + j * intervals[i], 1e9 - 1);
		for (uint64_t j = 40; j < 60; j++)
			slope_add(&slope, START + j * intervals[i], 7 * (double)j);
		assert_true(slope_estimate(&slope, &growth, &level));
		assert_true(
			fabs(growth - 7 / ((double)intervals[i] / NANOSECONDS_PER_SECOND)) < 1e-9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_window_is_needed),
		cmocka_unit_test(what_is_old_counts_no_more),
		cmocka_unit_test(peaks_and_steps_do_not_decide),
		cmocka_unit_test(many_looks_are_thinned_out),
		cmocka_unit_test(looks_may_be_rare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
