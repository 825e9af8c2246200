#include "cli/lexer.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/string_builder.h"

struct lexer {
	struct cursor text;
	const char *start;
	bool unfinished;
	const struct line_variables *variables; /* NULL: are left as they are */
	const char *rest_after; /* the word that ends the line's own part; NULL: none */
	size_t words;           /* taken so far */
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
	if (quote && c != '\\' && c != quote && c != '$')
		string_append_char(word, '\\');
	string_append_char(word, c);
	return NULL;
}

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

size_t variable_name_length(const char *text, size_t length)
{
	size_t count = 0;

	while (count < length &&
		(is_name_start(text[count]) || (count && text[count] >= '0' && text[count] <= '9')))
		count++;
	return count;
}

/* "{NAME}" or "NAME" behind the $; *ret_name is NULL where that is just a $. */
static struct error *take_variable_name(struct lexer *lexer, char **ret_name)
{
	const char *sign = lexer->text.at - 1;
	bool braced = cursor_skip_text(&lexer->text, "{");
	const char *name = lexer->text.at;
	size_t length = variable_name_length(name, cursor_left(&lexer->text));

	*ret_name = NULL;
	if (!length && !braced)
		return NULL;
	lexer->text.at += length;
	if (braced && !length)
		return error_at(lexer, sign, "a name is missing after ${");
	if (braced && !cursor_skip_text(&lexer->text, "}"))
		return error_at(lexer, sign, "} is missing after ${ and a name");
	*ret_name = strndup(name, length);
	return *ret_name ? NULL : &error_no_memory;
}

/* Behind a $. */
static struct error *take_variable(struct lexer *lexer, struct string_builder *word)
{
	CLEANUP(cleanup_free) char *name = NULL;
	CLEANUP(cleanup_free) char *value = NULL;
	const char *sign = lexer->text.at - 1;
	struct error *error = take_variable_name(lexer, &name);

	if (error)
		return error;
	if (!name) {
		string_append_char(word, '$');
		return NULL;
	}
	error = lexer->variables->find(lexer->variables->context, name, &value);
	if (error)
		return error_add_context(error, "column %td", sign - lexer->start + 1);
	string_append(word, value);
	return NULL;
}

static bool is_variable(const struct lexer *lexer, char c)
{
	return c == '$' && lexer->variables;
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
		if (quote != '\'' && is_variable(lexer, c)) {
			error = take_variable(lexer, word);
			if (error)
				return error;
			continue;
		}
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
	const char *start = lexer->text.at;
	bool named = lexer->words == 1 && lexer->variables && lexer->variables->names_one;

	while (!error && !at_end(lexer) && !is_blank(*lexer->text.at)) {
		char c = *lexer->text.at++;

		if (c == '\'' || c == '"')
			error = take_quoted(lexer, c, &word);
		else if (c == '\\')
			error = take_escape(lexer, 0, &word);
		else if (is_variable(lexer, c) && !(named && lexer->text.at == start + 1))
			error = take_variable(lexer, &word);
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

/* The word that was taken last is that one, and not quoted. */
static bool ends_own_part(const struct lexer *lexer, const char *start, const char *word)
{
	struct cursor text = {start, lexer->text.at};

	return lexer->rest_after && cursor_equals(&text, lexer->rest_after) &&
	       strcmp(word, lexer->rest_after) == 0;
}

static struct error *append_word(struct lexer *lexer, struct line *line, char *word)
{
	struct error *error = line_words_append(&line->words, word);

	if (error)
		free(word);
	lexer->words++;
	return error;
}

static struct error *append_rest(struct lexer *lexer, struct line *line)
{
	struct error *error;
	char *rest;

	skip_blanks(lexer);
	if (at_end(lexer))
		return NULL;
	error = take_rest(lexer, &rest);
	return error ? error : append_word(lexer, line, rest);
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
		if (!lexer->rest_after && take_sign(lexer, line)) {
			if (!line->words.count)
				return error_at(lexer, sign, "a command is missing here");
			return take_destination(lexer, line);
		}
		error = take_word(lexer, &word);
		if (error)
			return error;
		bool ends = ends_own_part(lexer, sign, word);
		error = append_word(lexer, line, word);
		if (error)
			return error;
		if (ends)
			return append_rest(lexer, line);
	}
}

static struct error *lex(struct lexer lexer, struct line *ret)
{
	size_t length = cursor_left(&lexer.text);
	const char *nul = length ? memchr(lexer.text.at, '\0', length) : NULL;
	struct line line = {0};

	lexer.start = lexer.text.at;
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
	return lex((struct lexer){.text = text}, ret);
}

struct error *line_lex_unfinished(struct cursor text, struct line *ret)
{
	return lex((struct lexer){.text = text, .unfinished = true}, ret);
}

struct error *line_lex_expanded(
	struct cursor text, const struct line_variables *variables, struct line *ret)
{
	return lex((struct lexer){.text = text, .variables = variables}, ret);
}

struct error *line_lex_until(struct cursor text, const char *word,
	const struct line_variables *variables, struct line *ret)
{
	return lex((struct lexer){.text = text, .variables = variables, .rest_after = word}, ret);
}

/* Behind the opening quote; up to the end if it is never closed. */
static void skip_quoted(struct cursor *text, char quote)
{
	while (text->at < text->end && *text->at != quote) {
		if (*text->at == '\\' && quote == '"' && text->at + 1 < text->end)
			text->at++;
		text->at++;
	}
	if (text->at < text->end)
		text->at++;
}

/* Up to the blank behind it. Whether an unquoted ; is its end. */
static bool skip_word(struct cursor *text)
{
	bool parts = false;

	while (text->at < text->end && !is_blank(*text->at)) {
		char c = *text->at++;

		parts = c == ';';
		if (c == '\'' || c == '"')
			skip_quoted(text, c);
		else if (c == '\\' && text->at < text->end)
			text->at++;
	}
	return parts;
}

bool line_take_part(struct cursor *text, struct cursor *ret)
{
	struct cursor rest = *text;

	if (!cursor_left(text))
		return false;
	while (rest.at < rest.end) {
		if (is_blank(*rest.at)) {
			rest.at++;
			continue;
		}
		if (*rest.at == '#' || *rest.at == '|')
			break;
		if (!skip_word(&rest))
			continue;
		*ret = (struct cursor){text->at, rest.at - 1};
		*text = rest;
		return true;
	}
	*ret = *text;
	text->at = text->end;
	return true;
}

void line_deinit(struct line *line)
{
	ARRAY_FOR_EACH (word, &line->words)
		free(*word);
	line_words_deinit(&line->words);
	free(line->destination);
	*line = (struct line){0};
}
