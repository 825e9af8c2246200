#include "heap_support.h"

#include <math.h>
#include <stdio.h>

#include "jemalloc/heap_scale.h"

/* "10 x 16 bytes" and so on at rate 524288, as dumped without and with jemalloc's unbiasing. */
static const struct {
	unsigned count, bytes;
	double scaled_count; /* to the digits known */
	int64_t whole_count, scaled_bytes;
} worked[] = {
	{10, 160, 327685, 327685, 5242960},
	{1, 1048576, 1.16, 1, 1212697},
	{1, 1057519, 1.2, 1, 1219810},
	{2, 1048592, 3.2, 3, 1658833},
	{3, 176, 26812, 26812, 1572952},
	{104, 33560832, 226, 226, 73016993},
	{164, 17212, 819351, 819351, 85991838},
};

static void worked_figures_are_scaled(void **state)
{
	const struct heap_scale scale = {heap_factor_poisson, 524288};

	(void)state;
	for (size_t i = 0; i < sizeof(worked) / sizeof(worked[0]); i++) {
		struct heap_figures figures =
			heap_scale(&scale, (struct heap_figures){worked[i].count, worked[i].bytes});

		assert_true(fabs(figures.count - worked[i].scaled_count) <
			    (worked[i].scaled_count < 10 ? 0.05 : 0.5));
		assert_int_equal(heap_round(figures.bytes), worked[i].scaled_bytes);
	}
}

static void worked_figures_in_a_dump(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(worked) / sizeof(worked[0]); i++) {
		char text[256];
		unsigned count = worked[i].count, bytes = worked[i].bytes;

		snprintf(text, sizeof(text),
			"heap_v2/524288\n  t*: %u: %u [0: 0]\n  t0: %u: %u [0: 0]\n"
			"@ 0x1001 0x2001\n  t*: %u: %u [0: 0]\n  t0: %u: %u [0: 0]\n",
			count, bytes, count, bytes, count, bytes, count, bytes);
		CLEANUP(cleanup_profile) struct profile *profile = parsed(text);
		assert_int_equal(total(profile, "inuse_objects"), worked[i].whole_count);
		assert_int_equal(total(profile, "inuse_space"), worked[i].scaled_bytes);
		assert_int_equal(profile->period, 524288);
	}
}

static void version_1_scales_small_blocks_only(void **state)
{
	const struct heap_scale scale = {heap_factor_uniform, 1000};
	struct heap_figures figures = heap_scale(&scale, (struct heap_figures){4, 1000});

	(void)state;
	assert_true(figures.count == 16 && figures.bytes == 4000);
	figures = heap_scale(&scale, (struct heap_figures){4, 8000});
	assert_true(figures.count == 4 && figures.bytes == 8000);
}

static void nothing_to_scale_is_left_alone(void **state)
{
	const struct heap_scale scales[] = {
		{heap_factor_poisson, 524288}, {heap_factor_uniform, 524288}, {NULL, 0}};
	const struct heap_figures cases[] = {{0, 0}, {7, 0}, {0, 7}};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < 3; j++) {
			struct heap_figures figures = heap_scale(&scales[i], cases[j]);

			assert_true(figures.count == cases[j].count);
			assert_true(figures.bytes == cases[j].bytes);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worked_figures_are_scaled),
		cmocka_unit_test(worked_figures_in_a_dump),
		cmocka_unit_test(version_1_scales_small_blocks_only),
		cmocka_unit_test(nothing_to_scale_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
