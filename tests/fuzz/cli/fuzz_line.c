#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/string_builder.h"
#include "cli/lexer.h"

/* 'It'\''s quoted', as anything can be. */
static void append_quoted(struct string_builder *text, const char *word)
{
	string_append(text, " '");
	for (; *word; word++) {
		if (*word == '\'')
			string_append(text, "'\\''");
		else
			string_append_char(text, *word);
	}
	string_append(text, "'");
}

/* What was understood once is understood in the same way when it is quoted. */
static void check_words(const struct line *line)
{
	STRING_BUILDER(text);
	struct line again;

	ARRAY_FOR_EACH (word, &line->words)
		append_quoted(&text, *word);
	if (line_lex(cursor_over(text.text, text.length), &again) ||
		again.words.count != line->words.count || again.redirection != REDIRECTION_NONE)
		abort();
	for (size_t i = 0; i < line->words.count; i++)
		if (strcmp(again.words.items[i], line->words.items[i]) != 0)
			abort();
	line_deinit(&again);
}

static void check_finished(struct cursor text)
{
	struct line line;
	struct error *error = line_lex(text, &line);

	if (error) {
		error_destroy(error);
		return;
	}
	if ((line.redirection != REDIRECTION_NONE) != (line.destination != NULL))
		abort();
	check_words(&line);
	line_deinit(&line);
}

static void check_unfinished(struct cursor text)
{
	struct line line;
	struct error *error = line_lex_unfinished(text, &line);

	if (error)
		error_destroy(error);
	else
		line_deinit(&line);
}

static struct error *find_variable(void *context, const char *name, char **ret)
{
	size_t length = strlen(name);

	(void)context;
	if (length == 0 || variable_name_length(name, length) != length)
		abort();
	if (name[0] == 'e')
		return error_create(ERROR_USAGE, "there is no variable $%s", name);
	*ret = strdup(name);
	return *ret ? NULL : &error_no_memory;
}

/* Nothing of a value is understood: its words are as many as with the $ left alone. */
static void check_expanded(struct cursor text)
{
	static const struct line_variables variables = {.find = find_variable};
	struct line line, plain;
	struct error *error = line_lex_expanded(text, &variables, &line);

	if (!error) {
		error = line_lex(text, &plain);
		if (error || plain.words.count != line.words.count ||
			plain.redirection != line.redirection)
			abort();
		line_deinit(&plain);
		line_deinit(&line);
	}
	error_destroy(error);
	error = line_lex_until(text, "do", &variables, &line);
	if (!error)
		line_deinit(&line);
	error_destroy(error);
}

/* Nothing but the ; between them is lost. */
static void check_parts(struct cursor text)
{
	size_t length = cursor_left(&text), taken = 0, count = 0;
	struct cursor part;

	for (; line_take_part(&text, &part); count++)
		taken += cursor_left(&part);
	if (taken > length || (count && length - taken != count && length - taken != count - 1))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	check_finished(cursor_over(bytes, length));
	check_unfinished(cursor_over(bytes, length));
	check_expanded(cursor_over(bytes, length));
	check_parts(cursor_over(bytes, length));
	return 0;
}
