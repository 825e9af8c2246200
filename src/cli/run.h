#pragma once

#include <stddef.h>

#include "base/cursor.h"
#include "base/error.h"
#include "session/session.h"

/* One line of input, without its newline: words, redirection, a command. An empty line does
 * nothing. */
struct error *run_line(struct session *session, struct cursor line) MUST_CHECK;

/* A command and its arguments in words, as the command line has them: no quotes, no redirection. */
struct error *run_words(struct session *session, char *const *words, size_t count) MUST_CHECK;
