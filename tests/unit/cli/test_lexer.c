#include "../base/test_support.h"

#include <stdio.h>

#include "base/string_builder.h"
#include "cli/lexer.h"

static struct cursor over(const char *text)
{
	return cursor_over(text, strlen(text));
}

/* "[a][b c] > file" */
static void assert_line(const struct line *line, const char *expected)
{
	static const char *const signs[] = {
		[REDIRECTION_NONE] = "",
		[REDIRECTION_FILE] = " > ",
		[REDIRECTION_APPEND] = " >> ",
		[REDIRECTION_PIPE] = " | ",
	};
	STRING_BUILDER(text);

	string_append(&text, "");
	ARRAY_FOR_EACH (word, &line->words)
		string_append_format(&text, "[%s]", *word);
	string_append_format(&text, "%s%s", signs[line->redirection],
		line->destination ? line->destination : "");
	assert_string_equal(text.text, expected);
}

static void lines_become_words(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"", ""},
		{" \t\r", ""},
		{"# all of it", ""},
		{"top -n 5", "[top][-n][5]"},
		{"  top\t-n   5  \r", "[top][-n][5]"},
		{"top # comment", "[top]"},
		{"top a#b", "[top][a#b]"},
		{"load 'a b'", "[load][a b]"},
		{"load a' 'b\" \"c", "[load][a b c]"},
		{"load ''", "[load][]"},
		{"load \"it's\"", "[load][it's]"},
		{"load '\\n\"'", "[load][\\n\"]"},
		{"load \"\\\"\\\\\\n\"", "[load][\"\\\\n]"},
		{"load a\\ b\\'\\\\", "[load][a b'\\]"},
		{"load \\#a", "[load][#a]"},
		{"top > f", "[top] > f"},
		{"top >f", "[top] > f"},
		{"top >> 'a b' # c", "[top] >> a b"},
		{"top >>f", "[top] >> f"},
		{"top | grep 'x' # y > z", "[top] | grep 'x' # y > z"},
		{"top |less", "[top] | less"},
		{"list Vec<u8>::push a|b", "[list][Vec<u8>::push][a|b]"},
		{"list '>' \\| x", "[list][>][|][x]"},
		{"list $a ${b \"$c\" \"\\$d\"", "[list][$a][${b][$c][$d]"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct line line;

		assert_success(line_lex(over(cases[i].text), &line));
		assert_line(&line, cases[i].expected);
		line_deinit(&line);
	}
}

static void errors_name_the_column(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"load 'a", "column 6: the quote is not closed"},
		{"load x\"a\\\"", "column 7: the quote is not closed"},
		{"load a\\", "column 7: nothing follows the backslash"},
		{"load \"a\\", "column 8: nothing follows the backslash"},
		{"top >", "column 6: a file name is missing after >"},
		{"top >> # f", "column 8: a file name is missing after >"},
		{"top |  ", "column 8: a shell command is missing after |"},
		{"top > a b", "column 9: nothing can follow the file name"},
		{"top > a | b", "column 9: nothing can follow the file name"},
		{"  > a", "column 3: a command is missing here"},
		{"| a", "column 1: a command is missing here"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct line line;

		assert_error(
			line_lex(over(cases[i].text), &line), ERROR_USAGE, cases[i].message, NULL);
	}
}

static void nul_bytes_are_refused(void **state)
{
	struct line line;

	(void)state;
	assert_error(
		line_lex(cursor_over("a\0b", 3), &line), ERROR_USAGE, "column 2: a NUL byte", NULL);
}

static void an_unfinished_line_may_lack_its_file(void **state)
{
	struct line line;

	(void)state;
	assert_success(line_lex_unfinished(over("top > "), &line));
	assert_line(&line, "[top] > ");
	assert_null(line.destination);
	line_deinit(&line);
	assert_error(line_lex_unfinished(over("load 'a"), &line), ERROR_USAGE,
		"column 6: the quote is not closed", NULL);
}

static struct error *find_variable(void *context, const char *name, char **ret)
{
	(void)context;
	if (strcmp(name, "none") == 0)
		return error_create(ERROR_USAGE, "there is no variable $%s", name);
	if (asprintf(ret, "<%s >", name) < 0)
		abort();
	return NULL;
}

static const struct line_variables variables = {.find = find_variable};

static void variables_are_replaced_by_their_values(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"top $a", "[top][<a >]"},
		{"$a", "[<a >]"},
		{"top x${a_1}y$b.c$B2", "[top][x<a_1 >y<b >.c<B2 >]"},
		{"top \"$a 'b'\"", "[top][<a > 'b']"},
		{"top '$a' \\$a \"\\$a\"", "[top][$a][$a][$a]"},
		{"top '^main$' foo$ ^(a|b$) $1 $ \"$\"", "[top][^main$][foo$][^(a|b$)][$1][$][$]"},
		{"top > $a/x", "[top] > <a >/x"},
		{"top | grep $a", "[top] | grep $a"},
		{"top # $none", "[top]"},
		{"set $a $b", "[set][<a >][<b >]"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct line line;

		assert_success(line_lex_expanded(over(cases[i].text), &variables, &line));
		assert_line(&line, cases[i].expected);
		line_deinit(&line);
	}
}

static void a_named_variable_stays(void **state)
{
	struct line_variables named = variables;
	struct line line;

	(void)state;
	named.names_one = true;
	assert_success(line_lex_expanded(over("set $none=$b $c"), &named, &line));
	assert_line(&line, "[set][$none=<b >][<c >]");
	line_deinit(&line);
}

static void errors_of_variables_name_the_column(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"top a$none", "column 6: there is no variable $none"},
		{"top \"a$none", "column 7: there is no variable $none"},
		{"top ${}", "column 5: a name is missing after ${"},
		{"top ${1}", "column 5: a name is missing after ${"},
		{"top a${b", "column 6: } is missing after ${ and a name"},
		{"top a${b-}", "column 6: } is missing after ${ and a name"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct line line;

		assert_error(line_lex_expanded(over(cases[i].text), &variables, &line), ERROR_USAGE,
			cases[i].message, NULL);
	}
}

static void commands_are_kept_as_they_are_written(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"on rss > 2G do top > 'x y' # z", "[on][rss][>][2G][do][top > 'x y' # z]"},
		{"on a>b | c  do\ttop $none; x", "[on][a>b][|][c][do][top $none; x]"},
		{"on $a do  ", "[on][<a >][do]"},
		{"on 'do' \"do\" d'o' do do", "[on][do][do][do][do][do]"},
		{"on # do x", "[on]"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct line line;

		assert_success(line_lex_until(over(cases[i].text), "do", &variables, &line));
		assert_line(&line, cases[i].expected);
		line_deinit(&line);
	}
}

static void lines_are_parted(void **state)
{
	static const struct {
		const char *text, *parts;
	} cases[] = {
		{"", ""},
		{"top", "[top]"},
		{"a; b ; c;", "[a][ b ][ c]"},
		{"a ;b; c", "[a ;b][ c]"},
		{"a;b; c", "[a;b][ c]"},
		{"a ; ; b", "[a ][ ][ b]"},
		{"a 'x; y' \"x\\\"; y\" \\; b; c", "[a 'x; y' \"x\\\"; y\" \\; b][ c]"},
		{"a # b; c", "[a # b; c]"},
		{"a | b; c", "[a | b; c]"},
		{"a|b; c", "[a|b][ c]"},
		{"a 'b; c", "[a 'b; c]"},
		{"a \\", "[a \\]"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cursor text = over(cases[i].text), part;
		STRING_BUILDER(parts);

		string_append(&parts, "");
		while (line_take_part(&text, &part)) {
			string_append_char(&parts, '[');
			string_append_bytes(&parts, part.at, cursor_left(&part));
			string_append_char(&parts, ']');
		}
		assert_string_equal(parts.text, cases[i].parts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_become_words),
		cmocka_unit_test(errors_name_the_column),
		cmocka_unit_test(nul_bytes_are_refused),
		cmocka_unit_test(an_unfinished_line_may_lack_its_file),
		cmocka_unit_test(variables_are_replaced_by_their_values),
		cmocka_unit_test(a_named_variable_stays),
		cmocka_unit_test(errors_of_variables_name_the_column),
		cmocka_unit_test(commands_are_kept_as_they_are_written),
		cmocka_unit_test(lines_are_parted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
