#pragma once

#include <stdbool.h>

#include "session/session.h"

/*
 * Long output on a terminal. What a command prints is held back until it fills the screen, and goes
 * to the terminal if it never does; otherwise it is gathered in a temporary file, and shown by the
 * pager at the end. Memory holds one screen of it at most.
 */

/*
 * Puts itself in the place of session->out, if that is the terminal, the setting `pager` is not
 * off, TERM not dumb, and there is a pager: $PAGER, or else less. Returns whether pager_end() has
 * to follow.
 */
bool pager_begin(struct session *session);
/* Shows the rest, and waits for the end of the pager, which has Ctrl-C to itself meanwhile. */
void pager_end(struct session *session);

/* From now on nothing is held back: the command runs others, which print when they are done. */
void pager_let_through(void);

/* Before a message on stderr: what was printed before it is shown before it. */
void pager_settle(void);
