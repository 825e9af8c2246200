#pragma once

#include "base/error.h"
#include "cli/output_name.h"
#include "session/session.h"

/* Names of the values that were switched when a script began. */
struct switched_before {
	struct owned_texts names;
};

/*
 * Scripts stop at the first error, which is returned; session->error_position then says where it
 * was. With keep_going they report it, remember its exit status in session->failure, and go on,
 * but not after ERROR_INTERRUPTED. `quit` ends them, too.
 */

/* "-" is stdin. Lines are run as they come. */
struct error *script_run_file(struct session *session, const char *path) MUST_CHECK;

/*
 * After a script that failed or was interrupted: switches back what it had limpet switch in the
 * process, and says so; what was switched before, as known says, stays. Nothing with the option
 * --keep.
 */
void script_undo(struct session *session, const struct switched_before *known);

/* What is switched now. Both are for script_undo(). */
struct error *switched_before_init(struct switched_before *known, const struct session *session)
	MUST_CHECK;
void switched_before_deinit(struct switched_before *known);

/* One line of a script that goes by the name. */
struct error *script_run_line(struct session *session, const char *name, unsigned number,
	const char *text, size_t length) MUST_CHECK;
