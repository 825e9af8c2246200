#pragma once

#include "base/array.h"
#include "base/cursor.h"
#include "base/error.h"

/*
 * A line of input, in words. 'Single quotes' keep everything, "double quotes" all but \" and \\,
 * a backslash the next character. What follows is understood at the start of a word only, so that
 * names such as Vec<u8> and expressions such as a|b need no quotes:
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

/* ERROR_USAGE names the column, from 1. An empty line has no words. */
struct error *line_lex(struct cursor text, struct line *ret) MUST_CHECK;
void line_deinit(struct line *line);

/*
 * For completion: the words of an unfinished line, as far as they can be told apart. A redirection
 * may still lack its file; then destination is NULL.
 */
struct error *line_lex_unfinished(struct cursor text, struct line *ret) MUST_CHECK;
