#include "../base/test_support.h"

#include "base/cleanup.h"
#include "session/variables.h"

static void the_last_value_counts(void **state)
{
	CLEANUP(variables_free) struct variables variables = {0};

	(void)state;
	assert_null(variables_find(&variables, "a"));
	assert_success(variables_set(&variables, "a", "1"));
	assert_success(variables_set(&variables, "ab", "2"));
	assert_success(variables_set(&variables, "a", ""));
	assert_string_equal(variables_find(&variables, "a"), "");
	assert_string_equal(variables_find(&variables, "ab"), "2");
	assert_null(variables_find(&variables, "A"));
	assert_int_equal(variables.count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_value_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
