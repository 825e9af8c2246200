#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "session/session.h"

/*
 * A process that is restarted is picked up again: what a session follows is a name, and whatever
 * process has it.
 */

/*
 * From now on the session follows that name (as session_attach_name() understands it) and, if a
 * process is attached to, its executable. name NULL: that of this process. timeout: ns that
 * session_pick_up() waits for the next one; 0: for ever.
 */
struct error *session_follow(struct session *session, const char *name, uint64_t timeout)
	MUST_CHECK;
void session_follow_none(struct session *session);

/* Whether what it follows was attached to and has ended. */
bool session_lost_followed(const struct session *session);

/*
 * Sees to it that a session which follows a name is attached to a process that lives: nothing to do
 * in one that follows none, or whose process does, whatever program it has become. Otherwise waits
 * for the next one, and attaches to the one that was started first; says so by session->tell. What
 * was switched in the former is not in the new one, and its profiles stay. ERROR_GONE: none came in
 * time. ERROR_INTERRUPTED: Ctrl-C. ERROR_DENIED and others: it may not be attached to.
 */
struct error *session_pick_up(struct session *session) MUST_CHECK;

/* The same without waiting: if none is there, all stays as it is. For the prompt. */
struct error *session_pick_up_now(struct session *session) MUST_CHECK;
