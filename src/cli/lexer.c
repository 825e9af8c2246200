#include "cli/lexer.h"

#include <stdlib.h>
#include <string.h>

#include "base/string_builder.h"

struct lexer {
	struct cursor text;
	const char *start;
	bool unfinished;
};

static struct error *error_at(const struct lexer *lexer, const char *at, const char *what)
{
	return error_create(ERROR_USAGE, "column %td: %s", at - lexer->start + 1, what);
}

static bool at_end(const struct lexer *lexer)
{
	return lexer->text.at == lexer->text.end;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct lexer *lexer)
{
	while (!at_end(lexer) && is_blank(*lexer->text.at))
		lexer->text.at++;
}

/* Behind a backslash. Within double quotes it stays, but before another one or a quote. */
static struct error *take_escape(struct lexer *lexer, char quote, struct string_builder *word)
{
	if (at_end(lexer))
		return error_at(lexer, lexer->text.at - 1, "nothing follows the backslash");
	char c = *lexer->text.at++;
	if (quote && c != '\\' && c != quote)
		string_append_char(word, '\\');
	string_append_char(word, c);
	return NULL;
}

/* Behind the opening quote, up to and with the closing one. */
static struct error *take_quoted(struct lexer *lexer, char quote, struct string_builder *word)
{
	const char *opening = lexer->text.at - 1;

	while (!at_end(lexer)) {
		char c = *lexer->text.at++;
		struct error *error;

		if (c == quote)
			return NULL;
		if (c != '\\' || quote == '\'') {
			string_append_char(word, c);
			continue;
		}
		error = take_escape(lexer, quote, word);
		if (error)
			return error;
	}
	return error_at(lexer, opening, "the quote is not closed");
}

static struct error *take_word(struct lexer *lexer, char **ret)
{
	STRING_BUILDER(word);
	struct error *error = NULL;

	while (!error && !at_end(lexer) && !is_blank(*lexer->text.at)) {
		char c = *lexer->text.at++;

		if (c == '\'' || c == '"')
			error = take_quoted(lexer, c, &word);
		else if (c == '\\')
			error = take_escape(lexer, 0, &word);
		else
			string_append_char(&word, c);
	}
	return error ? error : string_builder_finish(&word, ret);
}

static struct error *take_rest(struct lexer *lexer, char **ret)
{
	*ret = strndup(lexer->text.at, cursor_left(&lexer->text));
	lexer->text.at = lexer->text.end;
	return *ret ? NULL : &error_no_memory;
}

/* Behind the sign: its file or shell command, and nothing more. */
static struct error *take_destination(struct lexer *lexer, struct line *line)
{
	bool pipe = line->redirection == REDIRECTION_PIPE;
	struct error *error;

	skip_blanks(lexer);
	if (at_end(lexer) && lexer->unfinished)
		return NULL;
	if (at_end(lexer) || (!pipe && *lexer->text.at == '#'))
		return error_at(lexer, lexer->text.at,
			pipe ? "a shell command is missing after |"
			     : "a file name is missing after >");
	error = pipe ? take_rest(lexer, &line->destination) : take_word(lexer, &line->destination);
	if (error)
		return error;
	skip_blanks(lexer);
	if (at_end(lexer) || *lexer->text.at == '#')
		return NULL;
	return error_at(lexer, lexer->text.at, "nothing can follow the file name");
}

static bool take_sign(struct lexer *lexer, struct line *line)
{
	if (cursor_skip_text(&lexer->text, ">>"))
		line->redirection = REDIRECTION_APPEND;
	else if (cursor_skip_text(&lexer->text, ">"))
		line->redirection = REDIRECTION_FILE;
	else if (cursor_skip_text(&lexer->text, "|"))
		line->redirection = REDIRECTION_PIPE;
	return line->redirection != REDIRECTION_NONE;
}

static struct error *take_all(struct lexer *lexer, struct line *line)
{
	for (;;) {
		struct error *error;
		char *word;

		skip_blanks(lexer);
		if (at_end(lexer) || *lexer->text.at == '#')
			return NULL;
		const char *sign = lexer->text.at;
		if (take_sign(lexer, line)) {
			if (!line->words.count)
				return error_at(lexer, sign, "a command is missing here");
			return take_destination(lexer, line);
		}
		error = take_word(lexer, &word);
		if (error)
			return error;
		error = line_words_append(&line->words, word);
		if (error) {
			free(word);
			return error;
		}
	}
}

static struct error *lex(struct cursor text, bool unfinished, struct line *ret)
{
	struct lexer lexer = {.text = text, .start = text.at, .unfinished = unfinished};
	size_t length = cursor_left(&text);
	const char *nul = length ? memchr(text.at, '\0', length) : NULL;
	struct line line = {0};

	struct error *error = nul ? error_at(&lexer, nul, "a NUL byte") : take_all(&lexer, &line);
	if (error) {
		line_deinit(&line);
		return error;
	}
	*ret = line;
	return NULL;
}

struct error *line_lex(struct cursor text, struct line *ret)
{
	return lex(text, false, ret);
}

struct error *line_lex_unfinished(struct cursor text, struct line *ret)
{
	return lex(text, true, ret);
}

void line_deinit(struct line *line)
{
	ARRAY_FOR_EACH (word, &line->words)
		free(*word);
	line_words_deinit(&line->words);
	free(line->destination);
	*line = (struct line){0};
}
