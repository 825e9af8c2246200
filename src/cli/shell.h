#pragma once

#include "session/session.h"

/* Reads lines from the terminal until `quit` or Ctrl-D. Errors are reported and forgotten. */
void shell_run(struct session *session);
