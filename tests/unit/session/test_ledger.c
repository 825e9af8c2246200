#include "../base/test_support.h"

#include "session/ledger.h"

static void note(struct ledger *ledger, const char *name, const char *before, const char *now)
{
	assert_success(ledger_note(ledger, name, before, now, before));
}

static void test_entry_tells_both_values(void **state)
{
	CLEANUP(ledger_deinit) struct ledger ledger = {0};

	(void)state;
	note(&ledger, "prof.active", "false", "true");
	assert_int_equal(ledger.entries.count, 1);
	assert_string_equal(ledger.entries.items[0].name, "prof.active");
	assert_string_equal(ledger.entries.items[0].before, "false");
	assert_string_equal(ledger.entries.items[0].now, "true");
	assert_string_equal(ledger.entries.items[0].undo, "false");
}

static void test_no_change_is_none(void **state)
{
	CLEANUP(ledger_deinit) struct ledger ledger = {0};

	(void)state;
	note(&ledger, "prof.active", "true", "true");
	assert_int_equal(ledger.entries.count, 0);
}

static void test_first_value_is_kept(void **state)
{
	CLEANUP(ledger_deinit) struct ledger ledger = {0};

	(void)state;
	note(&ledger, "lg", "19", "16");
	note(&ledger, "lg", "16", "12");
	assert_int_equal(ledger.entries.count, 1);
	assert_string_equal(ledger.entries.items[0].before, "19");
	assert_string_equal(ledger.entries.items[0].now, "12");
	assert_string_equal(ledger.entries.items[0].undo, "19");
}

static void test_what_is_undone_is_forgotten(void **state)
{
	CLEANUP(ledger_deinit) struct ledger ledger = {0};

	(void)state;
	note(&ledger, "a", "1", "2");
	note(&ledger, "b", "3", "4");
	note(&ledger, "c", "5", "6");
	note(&ledger, "a", "2", "1");
	assert_int_equal(ledger.entries.count, 2);
	assert_string_equal(ledger.entries.items[0].name, "b");
	assert_string_equal(ledger.entries.items[1].name, "c");
	note(&ledger, "c", "6", "5");
	note(&ledger, "b", "4", "3");
	assert_int_equal(ledger.entries.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entry_tells_both_values),
		cmocka_unit_test(test_no_change_is_none),
		cmocka_unit_test(test_first_value_is_kept),
		cmocka_unit_test(test_what_is_undone_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
