#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/lexer.h"
#include "cli/processes.h"
#include "session/session.h"

/*
 * A limpet with several processes: a front, which drives a worker (worker.h), a limpet of its own,
 * for each of them. Commands are handed to all, run side by side, and what each prints is shown
 * process by process, in the order in which they were named, below a heading; where all say the
 * same, once. The exit status is the highest of those of the processes.
 */

/*
 * Starts a worker for each process, and makes that session->front. Those that are refused are
 * reported, and noted in session->failure. If all are: an error of the kind of the worst.
 */
struct error *front_create(struct session *session, const struct process_specs *specs) MUST_CHECK;

/* Ends all workers, which let go of their processes; session->front is NULL then in any case. */
struct error *front_end(struct session *session) MUST_CHECK;

/* What --json tells of them: of those whose numbers are named, or, if none is, of all. */
struct error *front_answer(struct session *session, const struct arguments *named) MUST_CHECK;

/* script_undo() in each process. */
void front_undo(struct session *session);

/* Ends the one for the process of that number. ERROR_NOT_FOUND. */
struct error *front_release(struct session *session, const char *pid) MUST_CHECK;

/* Whether the command is one for the workers, and not for the session itself. */
bool front_takes(const struct session *session, const struct arguments *arguments);

/*
 * Has all workers run the command. The words are those that the arguments were parsed from. In a
 * script, a process in which a command fails takes no part in what is left of it, unless with
 * session->keep_going; once none is left, that is an error. Otherwise failures are in
 * session->failure, and were reported. ERROR_INTERRUPTED.
 */
struct error *front_run(struct session *session, const struct arguments *arguments,
	const struct line_words *words) MUST_CHECK;
