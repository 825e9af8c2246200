#pragma once

#include <stdio.h>

#include "base/error.h"
#include "session/session.h"

/* What the program's exit says. */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_COMMAND_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_SCRIPT_FAILED = 3,
	EXIT_TARGET = 4, /* gone, or not permitted */
	EXIT_INTERRUPTED = 130,
};

/*
 * Prints "limpet: message", or "file:line: message" for an error out of a script, and the hint, to
 * stderr; destroys the error. NULL: prints nothing. Returns the exit status that goes with it.
 */
enum exit_status report_error(struct session *session, struct error *error);

/* The status alone. NULL: EXIT_DONE. */
enum exit_status exit_status_of(const struct session *session, const struct error *error);
/*
 * Says in the hint of an error that may come of permissions, the kernel or the process itself, and
 * has no hint, that the command doctor says more. Returns the same error.
 */
struct error *report_point_at_doctor(const struct session *session, struct error *error) MUST_CHECK;

/* For people: a line on stderr. */
void report(const struct session *session, const char *format, ...) FORMAT_PRINTF(2, 3);

/*
 * "kept as @1, saved in FILE", behind what was done, as "dumped in 20ms on limpet's own thread";
 * each may be NULL but kept. As JSON: the keys profile and saved.
 */
void report_kept(struct session *session, const struct session_profile *kept, const char *output,
	const char *done);

/* Prints text from outside without what could drive the terminal (export/utf8.h). */
void print_text(FILE *stream, const char *text);
