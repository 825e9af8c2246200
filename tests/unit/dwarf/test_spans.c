#include "../base/test_support.h"

#include "base/cleanup.h"
#include "dwarf/spans.h"

static void add(struct dwarf_spans *spans, uint64_t start, uint64_t end, uint32_t value)
{
	assert_success(dwarf_spans_add(spans, start, end, value));
}

/* value: -1 for none. */
static void assert_value(const struct dwarf_spans *spans, uint64_t address, int64_t value)
{
	const struct dwarf_span *span = dwarf_spans_find(spans, address);

	if ((span ? (int64_t)span->value : -1) != value)
		fail_msg("at %#lx there is %ld, not %ld", (unsigned long)address,
			span ? (long)span->value : -1L, (long)value);
}

static void addresses_are_found_from_start_to_end(void **state)
{
	CLEANUP(dwarf_spans_deinit) struct dwarf_spans spans = {0};

	(void)state;
	add(&spans, 30, 40, 2);
	add(&spans, 10, 20, 1);
	assert_success(dwarf_spans_seal(&spans));
	assert_value(&spans, 9, -1);
	assert_value(&spans, 10, 1);
	assert_value(&spans, 19, 1);
	assert_value(&spans, 20, -1);
	assert_value(&spans, 30, 2);
	assert_value(&spans, 40, -1);
	assert_value(&spans, UINT64_MAX, -1);
}

static void what_is_empty_or_removed_is_left_out(void **state)
{
	CLEANUP(dwarf_spans_deinit) struct dwarf_spans spans = {0};

	(void)state;
	add(&spans, 0, 100, 1);
	add(&spans, 50, 50, 2);
	add(&spans, 60, 50, 3);
	assert_int_equal(spans.count, 0);
	assert_success(dwarf_spans_seal(&spans));
	assert_value(&spans, 50, -1);
}

static void the_highest_value_wins(void **state)
{
	CLEANUP(dwarf_spans_deinit) struct dwarf_spans spans = {0};

	(void)state;
	add(&spans, 10, 100, 1);
	add(&spans, 20, 60, 3);
	add(&spans, 30, 80, 2);
	add(&spans, 90, 120, 0);
	assert_success(dwarf_spans_seal(&spans));
	assert_value(&spans, 19, 1);
	assert_value(&spans, 20, 3);
	assert_value(&spans, 59, 3);
	assert_value(&spans, 60, 2);
	assert_value(&spans, 79, 2);
	assert_value(&spans, 80, 1);
	assert_value(&spans, 99, 1);
	assert_value(&spans, 100, 0);
	assert_value(&spans, 119, 0);
	assert_value(&spans, 120, -1);
}

/* Against looking at each: numbers that are the same everywhere. */
static void overlapping_ones_are_as_if_all_were_looked_at(void **state)
{
	CLEANUP(dwarf_spans_deinit) struct dwarf_spans spans = {0};
	int64_t expected[256];
	uint32_t number = 1;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		expected[i] = -1;
	for (uint32_t value = 0; value < 200; value++) {
		number = number * 1664525 + 1013904223;
		uint64_t start = 1 + (number >> 24) % 250, end = start + (number >> 16) % 40;

		add(&spans, start, end, value);
		for (uint64_t at = start; at < end && at < ARRAY_SIZE(expected); at++)
			expected[at] = value;
	}
	assert_success(dwarf_spans_seal(&spans));
	for (size_t at = 0; at < ARRAY_SIZE(expected); at++)
		assert_value(&spans, at, expected[at]);
}

static void wanted_addresses_are_counted_and_found(void **state)
{
	static const uint64_t addresses[] = {10, 20, 20, 30};
	struct dwarf_wanted wanted = {addresses, ARRAY_SIZE(addresses)};

	(void)state;
	assert_int_equal(dwarf_wanted_below(&wanted, 10), 0);
	assert_int_equal(dwarf_wanted_below(&wanted, 21), 3);
	assert_true(dwarf_wanted_within(&wanted, 20, 21));
	assert_false(dwarf_wanted_within(&wanted, 21, 30));
	assert_false(dwarf_wanted_within(&wanted, 31, 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_found_from_start_to_end),
		cmocka_unit_test(what_is_empty_or_removed_is_left_out),
		cmocka_unit_test(the_highest_value_wins),
		cmocka_unit_test(overlapping_ones_are_as_if_all_were_looked_at),
		cmocka_unit_test(wanted_addresses_are_counted_and_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
