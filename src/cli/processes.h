#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "cli/arguments.h"
#include "session/session.h"

/* Which processes a session is about, and attaching to them: one, or several by a front (front.h).
 */

/* Each is the number of a process, or the path of a snapshot; owned, and there once. */
ARRAY_DEFINE(process_specs, char *)
void process_specs_free(struct process_specs *specs);

/*
 * Adds those of a list: numbers or paths of snapshots, with commas or blanks between them, as
 * pgrep -d, and pgrep print them. ERROR_USAGE.
 */
struct error *process_specs_add(struct process_specs *specs, const char *list) MUST_CHECK;

/* What -p, -n, --all, --children and the like say. A zeroed struct means no process. */
struct process_choice {
	struct process_specs specs; /* owned: process_specs_free() */
	const char *name;           /* instead of specs; NULL: none */
	bool all;                   /* every process of that name */
	bool children;              /* and all descendants of each */
	bool follow;                /* the one process, and those that come after it */
	const char *followed;       /* by this name; NULL: by that of the process */
	uint64_t timeout;           /* of session_follow() */
};

/* Of the command line, and of `attach`. */
#define PROCESS_OPTIONS                                                                            \
	{                                                                                          \
		.name = "all",                                                                     \
		.help = "with a name: every process of it that there is now",                      \
	},                                                                                         \
	{                                                                                          \
		.name = "children", .help = "and all its descendants that there are now",          \
	}

/* What PROCESS_OPTIONS say. */
void process_choice_read(const struct arguments *arguments, struct process_choice *choice);
/* ERROR_USAGE: the choice makes no sense. */
struct error *process_choice_check(
	const struct process_choice *choice, const struct arguments *arguments) MUST_CHECK;

/*
 * Lets go of what was attached before, once it is known what to attach to. Of several, those that
 * are refused are reported, and noted in session->failure; if all are, that is an error.
 */
struct error *processes_attach(struct session *session, const struct process_choice *choice)
	MUST_CHECK;

/* Lets go of all processes, or of the one. An error says what was left in it. */
struct error *processes_detach(struct session *session) MUST_CHECK;
