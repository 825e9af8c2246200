#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "cli/lexer.h"
#include "session/session.h"

/*
 * One of the limpets that a front (front.h) drives: a process of its own, made by fork(2), with one
 * target. It runs the commands that come through its socket, prints into two pipes, and answers
 * with a status when it is done and all is printed. When the front ends, in whatever way, so does
 * the socket; the worker then lets go of its target and ends, and what it is about is interrupted.
 */

/* How one is to be. All zero: as a front has them. */
struct worker_manner {
	/* Where it writes files for whoever drives it; removed by it when it ends. NULL: nowhere.
	 */
	const char *folder;
	bool json;    /* that it could not attach is told as JSON */
	bool quiet;   /* of messages it writes errors alone */
	bool forgets; /* profiles are dropped after each command */
	/* It replies WORKER_BEGUN first: a SIGINT after that is for this command, or nothing. */
	bool tells;
	/* What it has switched is switched back when it ends, unless session->keeps_switched. */
	bool undoes;
};

#define WORKER_BEGUN (-1) /* in place of a status */

struct worker { /* the front's ends; closed by whoever has them */
	pid_t process;
	int control;
	int out, messages; /* non-blocking */
};

struct worker_reply {
	int32_t status;  /* exit status: 0, or as report_error() has it */
	int32_t pid;     /* of the target; 0: none */
	char target[64]; /* "1234 redis-server", as session->target_text; "": none */
};

/* How a command is to be run. */
struct worker_request {
	const char *position;   /* "file:line", for messages; "": none */
	const char *joint_path; /* of the file that the one written is a part of; NULL: none is */
	bool color;
	bool undo; /* if it fails, or there is none: script_undo() of all that is switched */
	const struct line_words *words;
};

/* Starts one, which attaches to the process of that number or snapshot, and replies. */
struct error *worker_start(struct session *session, const char *spec,
	const struct worker_manner *manner, struct worker *ret) MUST_CHECK;

/* ERROR_GONE: the worker has ended. */
struct error *worker_send(const struct worker *worker, const struct worker_request *request)
	MUST_CHECK;

/* false: the worker has ended. To be asked when there is something to read. */
bool worker_receive(const struct worker *worker, struct worker_reply *ret);
