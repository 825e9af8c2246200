#include "../base/test_support.h"

#include <stdio.h>

#include "base/array.h"
#include "base/string_builder.h"
#include "jemalloc/mallctl_names.h"
#include "jemalloc/mallctl_pattern.h"

static const struct {
	const char *pattern, *name;
	bool matches;
} cases[] = {
	{"version", "version", true},
	{"version", "versio", false},
	{"version", "versions", false},
	{"", "", true},
	{"arena.#.purge", "arena.0.purge", true},
	{"arena.#.purge", "arena.4096.purge", true},
	{"arena.#.purge", "arena..purge", false},
	{"arena.#.purge", "arena.#.purge", false},
	{"a.{b,cd}", "a.b", true},
	{"a.{b,cd}", "a.cd", true},
	{"a.{b,cd}", "a.c", false},
	{"a.{b,cd}", "a.bcd", false},
	{"a.{b,cd}", "a.", false},
	{"a.{b,bc}.d", "a.bc.d", true},
	{"{a,ab}{c,bc}", "abc", true},
	{"{a,ab}{c,bc}", "abbc", true},
	{"{a,ab}{c,bc}", "ac", true},
	{"{a,ab}{c,bc}", "ab", false},
	{"a.{x,y.#}.{b,c}_d", "a.y.17.c_d", true},
	{"a.{x,y.#}.{b,c}_d", "a.y.c_d", false},
	{"a.{x,y.#}.{b,c}_d", "a.x.b_d", true},
	{"a.{b,}c", "a.c", true},
	{"a.{b,}c", "a.bc", true},
};

static void alternatives_and_numbers_match(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (mallctl_pattern_matches(cases[i].pattern, cases[i].name) != cases[i].matches)
			fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].name);
}

static void collect(void *context, const char *name)
{
	string_append_format(context, "%s ", name);
}

static void assert_expanded(const char *pattern, const char *expected)
{
	STRING_BUILDER(names);

	mallctl_pattern_expand(pattern, collect, &names);
	assert_string_equal(names.text, expected);
}

static void braces_become_names(void **state)
{
	(void)state;
	assert_expanded("epoch", "epoch ");
	assert_expanded("a.{b,c.#}", "a.b a.c.# ");
	assert_expanded("{a,b}.#.{c,d}", "a.#.c a.#.d b.#.c b.#.d ");
	assert_expanded("a{b,}c", "abc ac ");
}

static void assert_filled(const char *expanded, const char *begun, const char *expected)
{
	char name[MALLCTL_NAME_SIZE];

	assert_int_equal(mallctl_pattern_fill(expanded, begun, name), expected != NULL);
	if (expected)
		assert_string_equal(name, expected);
}

static void numbers_are_filled_in_as_far_as_they_are_given(void **state)
{
	char digits[MALLCTL_NAME_SIZE + 8];

	(void)state;
	assert_filled("arena.#.purge", "", "arena.#.purge");
	assert_filled("arena.#.purge", "are", "arena.#.purge");
	assert_filled("arena.#.purge", "arena.40", "arena.40.purge");
	assert_filled("arena.#.purge", "arena.4096.p", "arena.4096.purge");
	assert_filled("arena.#.purge", "arena.4096.purge", "arena.4096.purge");
	assert_filled("arena.#.purge", "arena.#", "arena.#.purge");
	assert_filled("a.#.b.#.c", "a.1.b", "a.1.b.#.c");
	assert_filled("a.#.b.#.c", "a.1.b.22", "a.1.b.22.c");
	assert_filled("arena.#.purge", "arena.x", NULL);
	assert_filled("arena.#.purge", "arena.1.d", NULL);
	assert_filled("arena.#.purge", "arena.1.purge.", NULL);
	assert_filled("epoch", "epochs", NULL);
	snprintf(digits, sizeof(digits), "arena.%0*d", MALLCTL_NAME_SIZE, 1);
	assert_filled("arena.#.purge", digits, NULL);
}

static void a_number_is_put_in_the_first_open_place(void **state)
{
	char name[MALLCTL_NAME_SIZE];

	(void)state;
	mallctl_pattern_number("arena.#.purge", 4096, name);
	assert_string_equal(name, "arena.4096.purge");
	mallctl_pattern_number("a.#.b.#", 0, name);
	assert_string_equal(name, "a.0.b.#");
}

struct expansion {
	const struct mallctl_name *entry;
	size_t count;
};

/* As jemalloc's own are, and found again. */
static void check_name(void *context, const char *expanded)
{
	struct expansion *expansion = context;
	char name[MALLCTL_NAME_SIZE];
	const struct mallctl_name *found;

	expansion->count++;
	assert_true(strlen(expanded) < MALLCTL_NAME_SIZE);
	assert_int_equal(
		strspn(expanded, "abcdefghijklmnopqrstuvwxyz_0123456789.#"), strlen(expanded));
	snprintf(name, sizeof(name), "%s", expanded);
	for (char *at = name; *at; at++)
		if (*at == '#')
			*at = '7';
	found = mallctl_find_name(name);
	while (found && found != expansion->entry)
		found = mallctl_former_name(found, name);
	if (!found)
		fail_msg("%s of '%s' is another one's", name, expansion->entry->pattern);
}

static void every_name_of_the_table_is_found(void **state)
{
	struct expansion expansion = {0};
	size_t count;
	const struct mallctl_name *names = mallctl_names(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		expansion.entry = &names[i];
		mallctl_pattern_expand(names[i].pattern, check_name, &expansion);
	}
	assert_true(expansion.count > 400);
}

static void one_name_may_have_had_two_types(void **state)
{
	const struct mallctl_name *newer = mallctl_find_name("opt.thp");
	const struct mallctl_name *older = mallctl_former_name(newer, "opt.thp");

	(void)state;
	assert_int_equal(newer->type, MALLCTL_STRING);
	assert_int_equal(older->type, MALLCTL_BOOL);
	assert_null(mallctl_former_name(older, "opt.thp"));
	assert_null(mallctl_former_name(mallctl_find_name("opt.dss"), "opt.dss"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alternatives_and_numbers_match),
		cmocka_unit_test(braces_become_names),
		cmocka_unit_test(numbers_are_filled_in_as_far_as_they_are_given),
		cmocka_unit_test(a_number_is_put_in_the_first_open_place),
		cmocka_unit_test(every_name_of_the_table_is_found),
		cmocka_unit_test(one_name_may_have_had_two_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
