#include "../base/test_support.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "cli/output_name.h"

#define THE_TIME 1796094900 /* 2026-12-01 03:15:00 UTC */

static bool is_taken(const char *path)
{
	return strcmp(path, "x1") == 0 || strcmp(path, "x2") == 0 || strcmp(path, "a-1-1") == 0;
}

static const struct output_facts facts = {
	.time = THE_TIME,
	.pid = 42,
	.process = "a b/../c:[d]\xc3\xa4.e_f-g",
	.is_taken = is_taken,
};

static const struct output_facts no_process = {
	.time = THE_TIME,
	.process = "",
	.is_taken = is_taken,
};

static void placeholders_are_filled(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"", ""},
		{"leak.pb.gz", "leak.pb.gz"},
		{"leak-%t.pb.gz", "leak-20261201-031500.pb.gz"},
		{"%p/%n", "42/a_b_.._c__d___.e_f-g"},
		{"50%%.svg", "50%.svg"},
		{"%%t%%", "%t%"},
		{"y%i", "y1"},
		{"x%i", "x3"},
		{"a-%i-%i", "a-2-2"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(cleanup_free) char *name = NULL;

		assert_success(output_name_fill(cases[i].text, &facts, &name));
		assert_string_equal(name, cases[i].expected);
	}
}

static void other_placeholders_are_errors(void **state)
{
	static const char hint[] =
		"there are %t (time), %p (PID), %n (name of the process), %i (a free number), and "
		"%% for a percent sign";
	char *name;

	(void)state;
	assert_error(output_name_fill("a%q", &facts, &name), ERROR_USAGE,
		"'a%q': there is no %q in names of files", hint);
	assert_error(output_name_fill("%i%", &facts, &name), ERROR_USAGE,
		"'%i%': nothing follows the % at the end of the file's name", hint);
	assert_error(output_name_fill("%p", &no_process, &name), ERROR_USAGE,
		"'%p': %p has no meaning here: no process is attached",
		"name one with -p PID or -n NAME, or in the shell with `attach PID`");
}

static void numbers_stand_before_the_format(void **state)
{
	static const struct {
		const char *path, *expected;
	} cases[] = {
		{"leak.pb.gz", "leak-7.pb.gz"},
		{"a.b/leak", "a.b/leak-7"},
		{"a/.hidden", "a/.hidden-7"},
		{"x-2.5.svg", "x-2.5-7.svg"},
		{"x.speedscope.json", "x-7.speedscope.json"},
		{"x.json", "x-7.json"},
		{".gz", ".gz-7"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(cleanup_free) char *name = output_name_numbered(cases[i].path, 7);

		assert_string_equal(name, cases[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(placeholders_are_filled),
		cmocka_unit_test(other_placeholders_are_errors),
		cmocka_unit_test(numbers_stand_before_the_format),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
