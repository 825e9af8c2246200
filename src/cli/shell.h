#pragma once

#include "session/session.h"

/* Reads lines from the terminal until `quit` or Ctrl-D. Errors are reported and forgotten. */
void shell_run(struct session *session);

/* "(limpet) ", "(limpet 1234 redis-server) ": to be freed; NULL without memory. */
char *shell_prompt(const struct session *session);
