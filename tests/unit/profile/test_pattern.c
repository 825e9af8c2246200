#include "../base/test_support.h"

#include <stdio.h>

#include "base/array.h"
#include "profile/pattern.h"

static bool matches(const char *text, enum pattern_extent extent, const char *name)
{
	CLEANUP(cleanup_pattern) struct pattern *pattern = NULL;

	assert_success(pattern_create(text, extent, &pattern));
	return pattern_matches(pattern, name);
}

/* What Go's regexp says of each. */
static void patterns_match_as_pprof_has_it(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool anywhere, whole;
	} cases[] = {
		{"burn", "burn_light", true, false},
		{"burn", "burn", true, true},
		{"^burn$|main", "main", true, true},
		{"a|b", "ab", true, false},
		{"libc\\.so", "/lib/libc.so.6", true, false},
		{"libc\\.so", "/lib/libcxso", false, false},
		{"{{closure}}", "app::run::{{closure}}", true, false},
		{"x{,2}", "x{,2}", true, true},
		{"x{a}", "xx", false, false},
		{"\\{\\{", "{{", true, true},
		{"^f\\d+$", "f12", true, true},
		{"^f\\D$", "f1", false, false},
		{"\\bnew\\b", "operator new(int)", true, false},
		{"\\w+::\\w+", "a::b", true, true},
		{"a.*?b", "axxb", true, true},
		{"(?i)MAIN", "main", true, true},
		{"(?i)main", "MAIN", true, true},
		{"MAIN", "main", false, false},
		{"\\<T\\>", "Vec<T>", true, false},
		{"operator\\(\\)", "a::operator()(int)", true, false},
		{"[]x]", "]", true, true},
		{"[^]x]", "]", false, false},
		{"[[:digit:]{}]+", "7}", true, true},
		{"[<({]", "{", true, true},
		{"(a*|b)+c", "abc", true, true},
		{"((\\[[0-9a-f]+\\])?::)?f", "[1a]::f", true, true},
		{".*", "", true, true},
		{"^$", "", true, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (matches(cases[i].pattern, PATTERN_ANYWHERE, cases[i].name) !=
				cases[i].anywhere ||
			matches(cases[i].pattern, PATTERN_WHOLE, cases[i].name) != cases[i].whole)
			fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].name);
}

static void refuse(const char *text, const char *reason)
{
	struct pattern *pattern;
	char message[10000];

	snprintf(message, sizeof(message), "'%s' is no pattern: %s", text, reason);
	assert_error(pattern_create(text, PATTERN_ANYWHERE, &pattern), ERROR_USAGE, message,
		"patterns are extended regular expressions, matched anywhere in names: 'a|b', "
		"'^main$', 'operator\\(\\)'");
}

static void what_would_mean_something_else_is_refused(void **state)
{
	char deep[66];

	(void)state;
	refuse("", "it is empty");
	refuse("(?i)", "it is empty");
	refuse("(a", "Unmatched ( or \\(");
	refuse("a)|(b", "Unmatched ) or \\)");
	refuse("((a*)+)*", "it repeats what repeats what repeats");
	refuse("(x|(a+|b)*y)*", "it repeats what repeats what repeats");
	refuse("[a", "Unmatched [, [^, [:, [., or [=");
	refuse("[a[:digit", "Unmatched [, [^, [:, [., or [=");
	refuse("*a", "Invalid preceding regular expression");
	refuse("a\\", "it ends in a backslash");
	refuse("\\pL", "there is no such letter after a backslash");
	refuse("[\\d]", "a backslash cannot be used within brackets");
	refuse("(a)\\1", "back references cannot be used");
	refuse("a{2}", "repeat counts cannot be used");
	refuse("a{2,}", "repeat counts cannot be used");
	refuse("(a{2,3})*", "repeat counts cannot be used");
	refuse("(?:a)", "(?...) cannot be used, but (?i) at the start");
	memset(deep, '(', 65);
	deep[65] = '\0';
	refuse(deep, "it has too many parentheses");
	char text[9000];
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	refuse(text, "it is too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_match_as_pprof_has_it),
		cmocka_unit_test(what_would_mean_something_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
