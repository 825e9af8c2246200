#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/cursor.h"
#include "base/error.h"
#include "cli/lexer.h"
#include "session/session.h"

struct completion_candidate {
	char *text;    /* what the word would be */
	char *note;    /* shown beside it in a list: a process's name; NULL: nothing */
	unsigned rank; /* lower ones are listed first */
};
ARRAY_DEFINE(completion_candidates, struct completion_candidate)

/* What a word of input could become. */
struct completion {
	struct session *session;
	const char *text;                        /* the word as far as it is written */
	const struct line *line;                 /* the words before it, while it is made */
	size_t index;                            /* which argument of the command it is, from 0 */
	const char *previous;                    /* the argument before it, or NULL */
	struct completion_candidates candidates; /* owned; ordered, each once, once it is made */
	bool files;                              /* names of files, too */
	bool failed;                             /* memory ran out */
};

/*
 * The line up to where the word begins, and the word. Commands first; then options, what an option
 * takes, and what the command says its arguments can be (struct command, complete). Where the line
 * ends in NAME=, the word is the value of that option or setting. Behind | come programs and files.
 */
void completion_make(
	struct session *session, struct cursor before, const char *text, struct completion *ret);
void completion_deinit(struct completion *completion);

/* Where the word at the end of an unfinished line begins, and what ends words in it (readline's
 * rl_completer_word_break_characters): names of functions have signs in them that end others. */
const char *completion_break_characters(struct cursor line);

/* For the complete functions of commands: kept if it begins with the text. */
void completion_add(struct completion *completion, const char *candidate);
void completion_add_note(
	struct completion *completion, const char *candidate, const char *note, unsigned rank);

/* For commands and options alike, as their complete. */
void complete_commands(struct completion *completion);
void complete_files(struct completion *completion);
void complete_profile_files(struct completion *completion); /* files that may hold one */
void complete_profiles(struct completion *completion);
void complete_profiles_and_files(struct completion *completion);
void complete_processes(struct completion *completion); /* numbers and names */
void complete_process_names(struct completion *completion);
void complete_settings(struct completion *completion);     /* a setting, then its choices */
void complete_threads(struct completion *completion);      /* of the target: numbers and names */
void complete_sample_types(struct completion *completion); /* of the profile in the line */

/*
 * Functions of the profile in the line, or else of the last one, as patterns that match them: what
 * has a meaning in a pattern, and what would need quotes, is a dot.
 */
void complete_functions(struct completion *completion);

/* Programs that $PATH leads to. */
void complete_programs(struct completion *completion);
