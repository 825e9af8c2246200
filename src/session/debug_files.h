#pragma once

#include "base/error.h"
#include "elf/debug_search.h"
#include "session/download.h"
#include "session/session.h"
#include "target/target.h"

/* Where a session looks for files: its settings debug_dir, symbols and sysroot. */

/* Sets up a search by them, for a target or NULL. ERROR_USAGE. */
struct error *session_set_up_search(const struct session *session, struct target *target,
	struct debug_search *search) MUST_CHECK;

/* A search for a profile without a process, which may fetch files; the caller destroys it. */
struct error *session_create_search(const struct session *session, struct download *download,
	struct debug_search **ret) MUST_CHECK;

/*
 * settings_set(), after which the target's files are looked for anew if it is one of these
 * settings. What does not work out leaves all as it was.
 */
struct error *session_set(struct session *session, enum setting_id id, const char *text) MUST_CHECK;
