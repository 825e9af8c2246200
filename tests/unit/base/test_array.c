#include "test_support.h"

#include "base/array.h"

struct pair {
	uint64_t first;
	uint32_t second;
};
ARRAY_DEFINE(pair_array, struct pair)

static void appends_keep_order_and_values(void **state)
{
	struct pair_array array = {0};

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		assert_success(pair_array_append(&array, (struct pair){i * 3, i}));
	assert_int_equal(array.count, 1000);
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(array.items[i].first, i * 3);
		assert_int_equal(array.items[i].second, i);
	}
	pair_array_deinit(&array);
	assert_null(array.items);
	assert_int_equal(array.count, 0);
	assert_int_equal(array.capacity, 0);
}

static void capacity_doubles_and_never_shrinks(void **state)
{
	struct u64_array array = {0};

	(void)state;
	assert_success(u64_array_reserve(&array, 0));
	assert_null(array.items);
	assert_success(u64_array_reserve(&array, 1));
	assert_int_equal(array.capacity, 8);
	assert_success(u64_array_reserve(&array, 9));
	assert_int_equal(array.capacity, 16);
	assert_success(u64_array_reserve(&array, 100));
	assert_int_equal(array.capacity, 128);
	assert_success(u64_array_reserve(&array, 3));
	assert_int_equal(array.capacity, 128);
	assert_int_equal(array.count, 0);
	u64_array_deinit(&array);
}

static void impossible_sizes_leave_the_array_alone(void **state)
{
	struct u64_array array = {0};

	(void)state;
	assert_success(u64_array_append(&array, 7));
	assert_ptr_equal(u64_array_reserve(&array, SIZE_MAX), &error_no_memory);
	assert_ptr_equal(u64_array_reserve(&array, SIZE_MAX / 16 + 1), &error_no_memory);
	assert_int_equal(array.count, 1);
	assert_int_equal(array.capacity, 8);
	assert_int_equal(array.items[0], 7);
	u64_array_deinit(&array);
}

static void for_each_visits_every_item_once(void **state)
{
	struct u32_array array = {0};
	uint64_t sum = 0;

	(void)state;
	ARRAY_FOR_EACH (item, &array)
		sum += *item;
	assert_int_equal(sum, 0);
	for (uint32_t i = 1; i <= 10; i++)
		assert_success(u32_array_append(&array, i));
	ARRAY_FOR_EACH (item, &array)
		sum += *item;
	assert_int_equal(sum, 55);
	u32_array_deinit(&array);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(appends_keep_order_and_values),
	        cmocka_unit_test(capacity_doubles_and_never_shrinks),
	        cmocka_unit_test(impossible_sizes_leave_the_array_alone),
	        cmocka_unit_test(for_each_visits_every_item_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
