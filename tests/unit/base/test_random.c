#include "test_support.h"

#include "base/random.h"

#define DRAWS 100000
#define PARTS 16

static void it_begins_elsewhere_each_time(void **state)
{
	uint64_t first, second;

	(void)state;
	random_seed(&first);
	random_seed(&second);
	assert_int_not_equal(first, second);
	assert_int_not_equal(random_next(&first), random_next(&second));
}

static void all_numbers_come_equally_often(void **state)
{
	unsigned counts[PARTS] = {0};
	uint64_t random = 1;

	(void)state;
	for (int i = 0; i < DRAWS; i++)
		counts[random_next(&random) % PARTS]++;
	/* 6 standard deviations of a binomial distribution. */
	for (int i = 0; i < PARTS; i++)
		assert_in_range(counts[i], DRAWS / PARTS - 460, DRAWS / PARTS + 460);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_begins_elsewhere_each_time),
		cmocka_unit_test(all_numbers_come_equally_often),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
