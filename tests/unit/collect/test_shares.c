#include "../base/test_support.h"

#include "collect/shares.h"

#define FEW 3

/* Gives each sample its weight, deals, and leaves what each gets in its place. */
static void deal(struct shares *shares, const uint32_t *labels, int64_t *weights, size_t count)
{
	struct profile_sample samples[64] = {0};

	assert_true(count <= ARRAY_SIZE(samples));
	for (size_t i = 0; i < count; i++) {
		samples[i].labels = labels[i];
		assert_success(shares_give(shares, labels[i], (uint64_t)weights[i], i % 2));
	}
	shares_deal(shares, samples, count, weights, 1);
}

static void each_label_set_has_what_it_was_charged(void **state)
{
	static const uint32_t labels[] = {1, 3, 1, 3, 1};
	int64_t weights[] = {10, 5, 20, 15, 30};
	static const int64_t expected[] = {100, 2, 200, 6, 300};
	struct shares shares = {0};

	(void)state;
	assert_success(shares_charge(&shares, 1, 400));
	assert_success(shares_charge(&shares, 1, 200));
	assert_success(shares_charge(&shares, 3, 8));
	assert_success(shares_charge(&shares, 7, 1000));
	deal(&shares, labels, weights, ARRAY_SIZE(labels));
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
		assert_int_equal(weights[i], expected[i]);
	assert_int_equal(shares_charged(&shares), 1608);
	/* Nothing was sampled of 7. In calls are those at odd places: none of 1, all of 3. */
	assert_int_equal(shares_sampled(&shares), 608);
	assert_int_equal(shares_in_calls(&shares), 8);
	shares_deinit(&shares);
}

/* 100 by thirds is 33.3 each; no ns is lost, whatever the order. */
static void what_does_not_divide_is_not_lost(void **state)
{
	static const uint32_t labels[FEW] = {0};
	int64_t weights[FEW] = {7, 7, 7};
	struct shares shares = {0};

	(void)state;
	assert_success(shares_charge(&shares, 0, 100));
	deal(&shares, labels, weights, FEW);
	for (size_t i = 0; i < FEW; i++)
		assert_in_range(weights[i], 33, 34);
	assert_int_equal(weights[0] + weights[1] + weights[2], 100);
	shares_deinit(&shares);
}

/* More samples than ns: some have none. */
static void less_than_one_for_each(void **state)
{
	static const uint32_t labels[64] = {0};
	int64_t weights[64], sum = 0;
	struct shares shares = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(weights); i++)
		weights[i] = (int64_t)(i * i + 1);
	assert_success(shares_charge(&shares, 0, 10));
	deal(&shares, labels, weights, ARRAY_SIZE(weights));
	for (size_t i = 0; i < ARRAY_SIZE(weights); i++) {
		assert_in_range(weights[i], 0, 1);
		sum += weights[i];
	}
	assert_int_equal(sum, 10);
	shares_deinit(&shares);
}

static void nothing_charged_and_nothing_given(void **state)
{
	static const uint32_t labels[FEW] = {0, 1, 9};
	int64_t weights[FEW] = {5, 0, 5};
	struct profile_sample stranger = {.labels = 100};
	int64_t weight = 5;
	struct shares shares = {0};

	(void)state;
	assert_success(shares_charge(&shares, 1, 50));
	deal(&shares, labels, weights, FEW);
	for (size_t i = 0; i < FEW; i++)
		assert_int_equal(weights[i], 0);
	/* What a sample of no weight stands for is nobody's. */
	assert_int_equal(shares_charged(&shares), 50);
	assert_int_equal(shares_sampled(&shares), 0);
	assert_int_equal(shares_in_calls(&shares), 0);
	shares_deal(&shares, &stranger, 1, &weight, 1);
	assert_int_equal(weight, 0);
	shares_deinit(&shares);
	shares_deal(&shares, NULL, 0, NULL, 1);
	assert_int_equal(shares_charged(&shares), 0);
}

/* Centuries of ten thousand threads: 2^63 ns in steps of 2^43. */
static void large_times_do_not_overflow(void **state)
{
	static const uint32_t labels[FEW] = {0};
	const int64_t most = INT64_MAX, step = INT64_MAX / 1000000;
	int64_t weights[FEW] = {step, most - 3 * step, 2 * step};
	struct shares shares = {0};

	(void)state;
	assert_success(shares_charge(&shares, 0, (uint64_t)most));
	deal(&shares, labels, weights, FEW);
	assert_int_equal(weights[0], step);
	assert_int_equal(weights[1], most - 3 * step);
	assert_int_equal(weights[2], 2 * step);
	/* And they stop where there are no larger numbers. */
	assert_success(shares_charge(&shares, 0, UINT64_MAX));
	assert_int_equal(shares_charged(&shares), UINT64_MAX);
	assert_int_equal(shares_sampled(&shares), UINT64_MAX);
	shares_deinit(&shares);
}

/* As in a profile, where other values are between; and what was dealt can be dealt again. */
static void values_may_be_apart(void **state)
{
	static const struct profile_sample samples[] = {{.labels = 1}, {.labels = 1}};
	struct shares shares = {0};

	(void)state;
	assert_success(shares_charge(&shares, 1, 9));
	assert_success(shares_give(&shares, 1, 200, true));
	assert_success(shares_give(&shares, 1, 100, false));
	for (int i = 0; i < 2; i++) {
		int64_t values[] = {1, 100, 2, 200};

		shares_deal(&shares, samples, 2, values + 1, 2);
		assert_int_equal(values[0], 1);
		assert_int_equal(values[1], 3);
		assert_int_equal(values[2], 2);
		assert_int_equal(values[3], 6);
	}
	assert_int_equal(shares_in_calls(&shares), 6);
	shares_deinit(&shares);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_label_set_has_what_it_was_charged),
		cmocka_unit_test(what_does_not_divide_is_not_lost),
		cmocka_unit_test(less_than_one_for_each),
		cmocka_unit_test(nothing_charged_and_nothing_given),
		cmocka_unit_test(large_times_do_not_overflow),
		cmocka_unit_test(values_may_be_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
