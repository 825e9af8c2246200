#include "../base/test_support.h"

#include <stdbool.h>

#include "push/pause.h"

#define MS 1000000ULL

static void pauses_double_up_to_the_longest(void **state)
{
	const struct push_options options = {.pause = 100 * MS, .pause_max = 450 * MS};
	static const uint64_t expected[] = {100, 200, 400, 450, 450};
	struct push_pause pause;

	(void)state;
	push_pause_init(&options, &pause);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		uint64_t length = push_pause_next(&pause, 0);

		assert_in_range(length, expected[i] * MS / 2, expected[i] * MS);
	}
	push_pause_reset(&pause);
	assert_in_range(push_pause_next(&pause, 0), 50 * MS, 100 * MS);
}

/* All that lost the same server do not come back together. */
static void pauses_differ(void **state)
{
	const struct push_options options = {0};
	struct push_pause pause;
	uint64_t first;
	bool differ = false;

	(void)state;
	push_pause_init(&options, &pause);
	first = push_pause_next(&pause, 0);
	assert_in_range(first, 500 * MS, 1000 * MS);
	for (int i = 0; i < 10; i++) {
		push_pause_reset(&pause);
		differ |= push_pause_next(&pause, 0) != first;
	}
	assert_true(differ);
}

static void the_server_may_ask_for_more(void **state)
{
	const struct push_options options = {.pause = 100 * MS};
	struct push_pause pause;

	(void)state;
	push_pause_init(&options, &pause);
	assert_in_range(push_pause_next(&pause, 5000 * MS), 5000 * MS, 5100 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pauses_double_up_to_the_longest),
		cmocka_unit_test(pauses_differ),
		cmocka_unit_test(the_server_may_ask_for_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
