#pragma once

#include <stdbool.h>

/*
 * The pager: what $PAGER says, for sh, or "less" if that is to be found and PAGER is not set. NULL:
 * none, also where $PAGER is "" or cat, which would page nothing.
 */
const char *pager_program(void);

/*
 * Runs it with the file as its input, and waits. LESS is FRX where it is not set: short output does
 * not wait for a key, colors stay colors, and what was read stays on the screen. false: there is no
 * such program, and nothing was shown.
 */
bool pager_program_run(const char *program, int fd);
