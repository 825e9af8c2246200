#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/array.h"
#include "base/error.h"
#include "profile/profile.h"
#include "session/interrupt.h"
#include "session/settings.h"
#include "session/variables.h"

/*
 * What commands act on: the target, the profiles taken or loaded so far, the settings, and where
 * output goes.
 */

struct attachment;
struct written_files;
struct json_t;
struct rules;
struct process_choice; /* cli/processes.h */
struct front; /* cli/front.h */
struct follow;

/* A profile of the session: "@1", "@2", ... */
struct session_profile {
	unsigned number;   /* from 1; given by session_add_profile() */
	char *name;        /* short: "cpu", "heap", a file's name */
	char *description; /* one line: what it was taken of and how; "" for nothing to say */
	char *origin;      /* the file it came from, or "" */
	struct profile *profile;
	struct u8_array raw; /* the heap dump it was made from; empty if there was none */
};
ARRAY_DEFINE(session_profiles, struct session_profile)

struct session {
	FILE *out;        /* data; borrowed: stdout, or where a line of input sends it */
	FILE *paged_out;  /* out, where a pager shows it on the terminal; or NULL */
	bool output_gone; /* whoever read the data has gone: print no more of it */
	bool interactive; /* somebody sits at a prompt */
	bool quiet;
	bool one_command;    /* and then the end: what it keeps is kept for nobody */
	bool keep_going;     /* a script goes on after an error */
	bool keeps_switched; /* what a failed script has switched in the process stays */
	bool quit;           /* set by the command: nothing after it is run */

	/* In a worker of a front, cli/worker.h. */
	bool serves_front;
	const char *joint_path; /* of the file that those written are parts of; borrowed, or NULL */

	/* What the running command has to say, where that is to be JSON: cli/answer.h. */
	bool json;
	struct json_t *answer; /* NULL: nothing yet */
	bool answer_failed;    /* for want of memory */
	struct session_profiles profiles;
	struct settings settings;
	struct variables variables;
	int status;                    /* exit status of the last command */
	struct rules *rules;           /* that `on` has armed; NULL: none yet */
	struct written_files *written; /* of the command that is repeated; or NULL */

	struct attachment *attachment; /* NULL: no target, or several */
	struct front *front;           /* of several targets; NULL: there is one, or none */
	/* For the prompt: "1234 redis-server", "3 processes"; NULL without a target. */
	char *target_text;
	struct follow *follow; /* session/follow.h; NULL: no name is */
	const char *wanted;    /* what `doctor` is to look at, attached or not: PID or name;
				  borrowed, or NULL */
	/* Of the command line, where it is left to the command to attach; borrowed, or NULL. */
	const struct process_choice *chosen;
	/* What the session did by itself, in a line for people; or NULL. */
	void (*tell)(const struct session *session, const char *text);
	/* The target, while it is there; or NULL. */
	void (*before_leaving)(struct session *session);

	/* The running of scripts. */
	unsigned script_depth;
	const char *script_name; /* of the line that runs; NULL: none does; borrowed */
	unsigned script_line;
	char *error_position; /* "file:line" of the error on its way up, or NULL */
	int failure;          /* exit status of the first error that a script went on after, or 0 */
};

struct error *session_create(struct session **ret) MUST_CHECK;
/* Lets go of the target, and of everything else. Takes NULL. */
void session_destroy(struct session *session);
void cleanup_session(struct session **session);

/*
 * Takes over *profile, all but its number; on failure it stays the caller's. *ret is valid until
 * the next profile is added.
 */
struct error *session_add_profile(struct session *session, struct session_profile *profile,
	const struct session_profile **ret) MUST_CHECK;
void session_profile_deinit(struct session_profile *profile);

/* "@2", or "@" for the last one. ERROR_NOT_FOUND, ERROR_USAGE. Valid until one is added. */
struct error *session_find_profile(
	struct session *session, const char *spec, const struct session_profile **ret) MUST_CHECK;

/* As the setting color says; auto: the stream is a terminal, TERM not dumb, NO_COLOR not set. */
bool session_wants_color(const struct session *session, FILE *stream);

/* session_target.c */

/* Let go of the former target only once the new one is held. ERROR_GONE, ERROR_DENIED, ... */
struct error *session_attach_pid(struct session *session, const char *pid) MUST_CHECK;
struct error *session_attach_name(struct session *session, const char *name) MUST_CHECK;
/* Nothing to do without a target. An error says what was left in the process. */
struct error *session_detach(struct session *session) MUST_CHECK;
/*
 * The target that commands are about; ERROR_USAGE if there is none. Where a name is followed, one
 * that lives: session_pick_up(). What was got before is no longer valid then.
 */
struct error *session_attachment(struct session *session, struct attachment **ret) MUST_CHECK;
