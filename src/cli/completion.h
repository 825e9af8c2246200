#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/cursor.h"
#include "base/error.h"
#include "session/session.h"

ARRAY_DEFINE(completion_candidates, char *)

/* What a word of input could become. */
struct completion {
	struct session *session;
	const char *text;                        /* the word as far as it is written */
	size_t index;                            /* which argument of the command it is, from 0 */
	const char *previous;                    /* the argument before it, or NULL */
	struct completion_candidates candidates; /* owned; in no order, each once */
	bool files;                              /* names of files, too */
	bool failed;                             /* memory ran out */
};

/*
 * The line up to where the word begins, and the word. Commands first; then options, what an option
 * takes, and what the command says its arguments can be (struct command, complete).
 */
void completion_make(
	struct session *session, struct cursor before, const char *text, struct completion *ret);
void completion_deinit(struct completion *completion);

/* For the complete functions of commands: kept if it begins with the text. */
void completion_add(struct completion *completion, const char *candidate);

void complete_commands(struct completion *completion);
void complete_files(struct completion *completion);
void complete_profiles(struct completion *completion);
void complete_profiles_and_files(struct completion *completion);
void complete_processes(struct completion *completion); /* numbers and names */
void complete_settings(struct completion *completion); /* a setting, then its choices */
