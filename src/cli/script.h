#pragma once

#include "base/error.h"
#include "session/session.h"

/*
 * Scripts stop at the first error, which is returned; session->error_position then says where it
 * was. With keep_going they report it, remember its exit status in session->failure, and go on,
 * but not after ERROR_INTERRUPTED. `quit` ends them, too.
 */

/* "-" is stdin. Lines are run as they come. */
struct error *script_run_file(struct session *session, const char *path) MUST_CHECK;

/* One line of a script that goes by the name. */
struct error *script_run_line(struct session *session, const char *name, unsigned number,
	const char *text, size_t length) MUST_CHECK;
