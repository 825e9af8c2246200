#include "../base/test_support.h"

#include "base/cleanup.h"
#include "cli/name_shortening.h"
#include "cli/text_columns.h"

#define E_ACUTE   "\xc3\xa9"
#define COMBINING "\xcc\x81"
#define HAN       "\xe6\xbc\xa2"     /* two columns */
#define CRAB      "\xf0\x9f\xa6\x80" /* two columns */

static void columns_are_those_of_a_terminal(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
	} cases[] = {
		{"", 0},
		{"main", 4},
		{"caf" E_ACUTE, 4},
		{"cafe" COMBINING, 4},
		{HAN HAN, 4},
		{CRAB "!", 3},
		{"\xff\xfe", 2},
		{"\xe6\xbc", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			text_columns(cases[i].text, strlen(cases[i].text)), cases[i].columns);
}

static void heads_and_tails_keep_characters_whole(void **state)
{
	const char *text = "a" HAN "b" E_ACUTE;
	size_t length = strlen(text);

	(void)state;
	assert_int_equal(text_head(text, length, 0), 0);
	assert_int_equal(text_head(text, length, 2), 1);
	assert_int_equal(text_head(text, length, 3), 4);
	assert_int_equal(text_head(text, length, 99), length);
	assert_int_equal(text_tail(text, length, 0), 0);
	assert_int_equal(text_tail(text, length, 1), 2);
	assert_int_equal(text_tail(text, length, 3), 3);
	assert_int_equal(text_tail(text, length, 4), 6);
	assert_int_equal(text_tail(text, length, 99), length);
}

static void texts_are_padded_or_cut(void **state)
{
	STRING_BUILDER(text);

	(void)state;
	text_append_padded(&text, "ab", 4);
	text_append_padded(&text, "|abcdef", 4);
	text_append_padded(&text, "|a" HAN, 3);
	string_append(&text, "|");
	assert_string_equal(text.text, "ab  |abc|a |");
}

static void names_lose_first_what_tells_least(void **state)
{
	static const struct {
		const char *name;
		size_t columns;
		const char *expected;
	} cases[] = {
		{"main", 4, "main"},
		{"f(int)", 6, "f(int)"},
		{"f(int)", 5, "f"},
		{"f(int) [clone .cold]", 18, "f [clone .cold]"},
		{"(anonymous namespace)::f(int)", 26, "(anonymous namespace)::f"},
		{"A::operator()(int) const", 15, "A::operator()"},
		{"operator<<(std::ostream&, A const&)", 20, "operator<<"},
		{"bool operator< <A>(A const&, A const&)", 20, "operator<"},
		{"std::vector<A, std::allocator<A> >::push_back(A&&)", 30,
			"std::vector::push_back"},
		{"void each<main::{lambda(int)#1}>(int)", 20, "each"},
		{"alloc::vec::Vec<T,A>::push", 18, "alloc..::Vec::push"},
		{"<alloc::string::String as core::fmt::Display>::fmt", 50,
			"<alloc::string::String as core::fmt::Display>::fmt"},
		{"<alloc::string::String as core::fmt::Display>::fmt", 26,
			"<String as Display>::fmt"},
		{"<alloc::string::String as core::fmt::Display>::fmt", 17, "<Stri..play>::fmt"},
		{"a_name_without_any_parts", 14, "a_na..ny_parts"},
		{"abcdef", 2, "ab"},
		{"abcdef", 0, ""},
		{HAN HAN HAN HAN HAN, 8, HAN ".." HAN HAN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		STRING_BUILDER(text);

		name_append_shortened(&text, cases[i].name, cases[i].columns);
		assert_string_equal(text.text ? text.text : "", cases[i].expected);
	}
}

/* A bracket that nothing closes must not take forever, either. */
static void odd_names_are_cut_all_the_same(void **state)
{
	static char name[100001];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(name); i++)
		name[i] = i % 2 ? '<' : 'a';
	STRING_BUILDER(text);
	name_append_shortened(&text, name, 20);
	assert_string_equal(text.text, "a<a<a<..a<a<a<a<a<a<");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_those_of_a_terminal),
		cmocka_unit_test(heads_and_tails_keep_characters_whole),
		cmocka_unit_test(texts_are_padded_or_cut),
		cmocka_unit_test(names_lose_first_what_tells_least),
		cmocka_unit_test(odd_names_are_cut_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
