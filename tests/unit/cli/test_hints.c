#include "../base/test_support.h"

#include "cli/hints.h"
#include "cli/history.h"

static void assert_hinted(const char *line, const char *expected)
{
	STRING_BUILDER(hint);

	string_append(&hint, "");
	hint_make(line, &hint);
	assert_string_equal(hint.text, expected);
}

/* What other options there are is another matter. */
static void assert_hint_begins(const char *line, const char *expected)
{
	STRING_BUILDER(hint);

	string_append(&hint, "");
	hint_make(line, &hint);
	assert_memory_equal(hint.text, expected, strlen(expected));
}

static void the_usage_is_what_can_follow(void **state)
{
	(void)state;
	assert_hinted("sleep ", "DURATION");
	assert_hinted("sleep", "DURATION");
	assert_hinted("sleep 1", "");
	assert_hinted("sleep 1 ", "");
	assert_hinted("attach ", "PID[,PID...]|NAME [--all] [--children] [--follow]");
	assert_hinted("slee", "");
	assert_hinted("slee ", "DURATION");
	assert_hinted("nonsense ", "");
	assert_hinted("", "");
	assert_hinted("   ", "");
	assert_hinted("quit ", "");
}

static void what_was_given_is_left_out(void **state)
{
	(void)state;
	assert_hint_begins("convert ", "FILE [FILE...] -o FILE");
	assert_hint_begins("convert x ", "[FILE...] -o FILE");
	assert_hint_begins("convert -o y ", "FILE [");
	assert_hint_begins("convert -oy ", "FILE [");
	assert_hint_begins("convert -o y x ", "[");
}

static void an_option_without_its_value_is_explained(void **state)
{
	(void)state;
	assert_hinted("convert -o ", "FILE  the file to write");
	assert_hinted("convert --output ", "FILE  the file to write");
	assert_hinted("convert x --output ", "FILE  the file to write");
}

static void no_line_is_too_strange(void **state)
{
	(void)state;
	assert_hinted("sleep 'x", "");
	assert_hinted("sleep \\", "");
	assert_hinted("sleep > ", "");
	assert_hinted("sleep | ", "");
	assert_hinted("| ", "");
	assert_hinted("- ", "");
	assert_hinted("'' ", "");
}

static void secrets_are_in_no_history(void **state)
{
	(void)state;
	assert_true(history_keeps("cpu -d 10"));
	assert_true(history_keeps("push http://host/x@y"));
	assert_false(history_keeps(""));
	assert_false(history_keeps("  "));
	assert_false(history_keeps(" cpu"));
	assert_false(history_keeps("\tcpu"));
	assert_false(history_keeps("push -H 'Authorization: Basic eA=='"));
	assert_false(history_keeps("push --token x"));
	assert_false(history_keeps("push --PassWord x"));
	assert_false(history_keeps("push https://a.example/ https://me:word@host/x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_usage_is_what_can_follow),
		cmocka_unit_test(what_was_given_is_left_out),
		cmocka_unit_test(an_option_without_its_value_is_explained),
		cmocka_unit_test(no_line_is_too_strange),
		cmocka_unit_test(secrets_are_in_no_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
