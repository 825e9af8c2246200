#include "../base/test_support.h"

#include "collect/pauses.h"

static void without_pauses_there_is_no_length(void **state)
{
	struct pauses pauses = {0};

	(void)state;
	assert_int_equal(pauses_percentile(&pauses, 99), 0);
}

/* Never too short, and at most an eighth too long. */
static void every_length_is_found_again(void **state)
{
	(void)state;
	for (uint64_t length = 0; length < 1ULL << 38; length += length / 7 + 1) {
		struct pauses pauses = {0};
		uint64_t found;

		pauses_add(&pauses, length);
		found = pauses_percentile(&pauses, 50);
		assert_in_range(found, length, length + length / 8);
	}
}

static void what_is_longer_than_all_is_counted(void **state)
{
	struct pauses pauses = {0};

	(void)state;
	pauses_add(&pauses, UINT64_MAX);
	assert_int_equal(pauses.counts[PAUSES_COUNTS - 1], 1);
	assert_in_range(pauses_percentile(&pauses, 50), 1ULL << 38, UINT64_MAX);
}

static void percentiles_are_those_of_the_counts(void **state)
{
	struct pauses pauses = {0}, earlier;

	(void)state;
	for (int i = 0; i < 98; i++)
		pauses_add(&pauses, 5);
	earlier = pauses;
	pauses_add(&pauses, 6);
	pauses_add(&pauses, 7);
	assert_int_equal(pauses_percentile(&pauses, 50), 5);
	assert_int_equal(pauses_percentile(&pauses, 98), 5);
	assert_int_equal(pauses_percentile(&pauses, 99), 6);
	assert_int_equal(pauses_percentile(&pauses, 100), 7);
	pauses_subtract(&pauses, &earlier);
	assert_int_equal(pauses_percentile(&pauses, 50), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_pauses_there_is_no_length),
		cmocka_unit_test(every_length_is_found_again),
		cmocka_unit_test(what_is_longer_than_all_is_counted),
		cmocka_unit_test(percentiles_are_those_of_the_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
