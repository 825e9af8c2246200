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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	check_finished(cursor_over(bytes, length));
	check_unfinished(cursor_over(bytes, length));
	return 0;
}
