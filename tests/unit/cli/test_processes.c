#include "../base/test_support.h"

#include "base/string_builder.h"
#include "cli/processes.h"

static void assert_specs(const struct process_specs *specs, const char *expected)
{
	STRING_BUILDER(text);

	string_append(&text, "");
	ARRAY_FOR_EACH (spec, specs)
		string_append_format(&text, "[%s]", *spec);
	assert_string_equal(text.text, expected);
}

static void lists_are_split(void **state)
{
	static const struct {
		const char *list, *expected;
	} cases[] = {
		{"1", "[1]"},
		{"1,2,3", "[1][2][3]"},
		{"1, 2 ,3", "[1][2][3]"},
		{"1\n2\n3\n", "[1][2][3]"},
		{",1,,2,", "[1][2]"},
		{"3,1,3,003", "[3][1]"},
		{"2147483647", "[2147483647]"},
		{"a.snapshot,7,b.snapshot", "[a.snapshot][7][b.snapshot]"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct process_specs specs = {0};

		assert_success(process_specs_add(&specs, cases[i].list));
		assert_specs(&specs, cases[i].expected);
		process_specs_free(&specs);
	}
}

static void what_is_no_process_is_refused(void **state)
{
	static const struct {
		const char *list, *message;
	} cases[] = {
		{"", "'' is no process id"},
		{",", "',' is no process id"},
		{" ", "' ' is no process id"},
		{"0", "'0' is no process id"},
		{"-1", "'-1' is no process id"},
		{"1,x", "'x' is no process id"},
		{"1,2147483648", "'2147483648' is no process id"},
		{"99999999999999999999", "'99999999999999999999' is no process id"},
		{".snapshot", "'.snapshot' is no process id"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct process_specs specs = {0};

		assert_error(process_specs_add(&specs, cases[i].list), ERROR_USAGE,
			cases[i].message,
			"-p takes the number of a process, or several: -p 1234,1240; -n takes a "
			"name");
		process_specs_free(&specs);
	}
}

static void lists_add_up(void **state)
{
	struct process_specs specs = {0};

	(void)state;
	assert_success(process_specs_add(&specs, "5,6"));
	assert_success(process_specs_add(&specs, "6,7"));
	assert_specs(&specs, "[5][6][7]");
	process_specs_free(&specs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_split),
		cmocka_unit_test(what_is_no_process_is_refused),
		cmocka_unit_test(lists_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
