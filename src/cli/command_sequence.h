#pragma once

#include <stddef.h>

#include "base/error.h"
#include "session/session.h"

/*
 * Commands that another one runs, later or again and again: what follows `on ... do` and `watch N`.
 * One word is a line, or several with ; between them, as in a script: with redirections, and
 * variables that are replaced when it is run. More words than one are those of a command, or of
 * several with words ; between them.
 */

/* Up to the first error. */
struct error *command_sequence_run(struct session *session, char *const *words, size_t count)
	MUST_CHECK;

/* What can be told ahead is wrong: a command, an option, the name of a file. ERROR_USAGE. */
struct error *command_sequence_check(struct session *session, char *const *words, size_t count)
	MUST_CHECK;
