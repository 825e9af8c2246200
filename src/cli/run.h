#pragma once

#include <stddef.h>

#include "base/cursor.h"
#include "base/error.h"
#include "cli/arguments.h"
#include "session/session.h"

/*
 * The command that the words call, and its arguments, whose texts are those of the words. A setting
 * with its value, "rate=5", is `set`. ERROR_USAGE.
 */
struct error *run_parse(char *const *words, size_t count, struct arguments *ret) MUST_CHECK;

/* Runs what was parsed of those words; the data goes where the session has it. */
struct error *run_arguments(struct session *session, struct arguments *arguments,
	char *const *words, size_t count) MUST_CHECK;

/* One line of input, without its newline: words, redirection, a command. An empty line does
 * nothing. */
struct error *run_line(struct session *session, struct cursor line) MUST_CHECK;

/* A command and its arguments in words, as the command line has them: no quotes, no redirection. */
struct error *run_words(struct session *session, char *const *words, size_t count) MUST_CHECK;

/*
 * Whether that much can be told ahead: that the words make sense, up to the values of options,
 * which may be variables. ERROR_USAGE. Nothing is run.
 */
struct error *run_check_line(struct session *session, struct cursor line) MUST_CHECK;
struct error *run_check_words(struct session *session, char *const *words, size_t count) MUST_CHECK;
