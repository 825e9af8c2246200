#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"
#include "base/string_builder.h"
#include "cli/lexer.h"
#include "cli/worker.h"
#include "session/session.h"

/*
 * The limpet that `serve` has for one process: a worker (worker.h) of whom nothing is waited for.
 * It is told what to do, its descriptors are polled, and what came is taken.
 */

enum serve_worker_state {
	SERVE_WORKER_NONE,
	SERVE_WORKER_STARTING, /* it attaches */
	SERVE_WORKER_IDLE,
	SERVE_WORKER_BUSY,
	SERVE_WORKER_LEAVING,
};

struct serve_worker {
	enum serve_worker_state state;
	struct worker ends;
	char *folder;     /* of the files that it writes */
	unsigned written; /* names for files so far */
	struct string_builder out, messages;
	uint64_t since;   /* monotonic ns: of the state */
	uint64_t begun;   /* monotonic ns: when it began the command; 0: not yet */
	bool interrupt;   /* it is to be interrupted, ... */
	bool interrupted; /* ... and was, once: a second time would throw away what there is */
	bool told_to_end; /* SIGTERM */
};

/* Starts one, which is SERVE_WORKER_STARTING. */
struct error *serve_worker_start(
	struct session *session, pid_t pid, bool undoes, struct serve_worker *worker) MUST_CHECK;

/* The path of a file in its folder that is not there yet; to be freed. NULL: no memory. */
char *serve_worker_new_path(struct serve_worker *worker, const char *suffix);

/* Has an idle one run a command. ERROR_GONE: it has ended, as serve_worker_take() will tell. */
struct error *serve_worker_run(struct serve_worker *worker, const struct line_words *words)
	MUST_CHECK;

/* Ends the command early, as Ctrl-C does: once it has begun, and once only. */
void serve_worker_interrupt(struct serve_worker *worker);

/* Has it let go of its process and end, in whatever state it is. */
void serve_worker_leave(struct serve_worker *worker);

/*
 * Makes one that should have done by now end: asks after so many ns in its state, kills after twice
 * that. To be called from time to time. The time when to do so next.
 */
uint64_t serve_worker_check(struct serve_worker *worker, uint64_t patience);

enum serve_worker_event {
	SERVE_WORKER_NOTHING,
	SERVE_WORKER_ATTACHED,
	SERVE_WORKER_DONE,  /* it has run the command */
	SERVE_WORKER_ENDED, /* it is SERVE_WORKER_NONE; its files are gone */
};

/* What a worker had to say. The texts are the worker's, until the next command. */
struct serve_outcome {
	int status;     /* exit status of the command, or of the worker */
	json_t *answer; /* owned; NULL: none, or none that can be understood */
	const char *out, *messages;
	bool killed; /* by a signal */
};
void serve_outcome_deinit(struct serve_outcome *outcome);

/* Takes what has come. Never blocks. */
enum serve_worker_event serve_worker_take(struct serve_worker *worker, struct serve_outcome *ret);
