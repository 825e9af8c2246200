#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/cursor.h"
#include "base/error.h"

/*
 * A line of input, in words. 'Single quotes' keep everything, "double quotes" all but $, \", \\ and
 * \$, a backslash the next character. $NAME and ${NAME} are variables, whose values are taken as
 *they are; a $ before anything else is one. What follows is understood at the start of a word only,
 *so that names such as Vec<u8> and expressions such as a|b need no quotes:
 *
 *	# COMMENT	> FILE		>> FILE		| SHELL COMMAND (all the rest of the line)
 */

enum redirection {
	REDIRECTION_NONE,
	REDIRECTION_FILE,
	REDIRECTION_APPEND,
	REDIRECTION_PIPE,
};

ARRAY_DEFINE(line_words, char *)

struct line {
	struct line_words words;
	enum redirection redirection;
	char *destination; /* the file, or the shell's command; NULL without a redirection */
};

/* What the variables of a line stand for. */
struct line_variables {
	/* The value is the lexer's to free. ERROR_USAGE: there is none of that name. */
	struct error *(*find)(void *context, const char *name, char **ret);
	void *context;
	bool names_one; /* the second word may begin with a variable that is not replaced */
};

/* ERROR_USAGE names the column, from 1. An empty line has no words. */
struct error *line_lex(struct cursor text, struct line *ret) MUST_CHECK;
void line_deinit(struct line *line);

/* The same with variables replaced, which line_lex() leaves as they are written. */
struct error *line_lex_expanded(
	struct cursor text, const struct line_variables *variables, struct line *ret) MUST_CHECK;

/*
 * For a line that goes on with commands: up to and with the unquoted word, > and | are words like
 * any other, and all behind that word is one word as it is written, if there is any.
 */
struct error *line_lex_until(struct cursor text, const char *word,
	const struct line_variables *variables, struct line *ret) MUST_CHECK;

/*
 * Takes the first of several lines that are parted by ; at the end of a word. A ; in quotes, in a
 * comment or behind | is no such one. false: the text is at its end.
 */
bool line_take_part(struct cursor *text, struct cursor *ret);

/* How many bytes are a name as variables have it: letters, digits, _; no digit first. */
size_t variable_name_length(const char *text, size_t length);

/*
 * For completion: the words of an unfinished line, as far as they can be told apart. A redirection
 * may still lack its file; then destination is NULL.
 */
struct error *line_lex_unfinished(struct cursor text, struct line *ret) MUST_CHECK;
