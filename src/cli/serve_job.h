#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "cli/output_name.h"
#include "cli/serve_figures.h"
#include "cli/serve_schedule.h"
#include "cli/serve_worker.h"
#include "http/server.h"

/*
 * Something that is asked of a process: the commands for its worker, one after the other, and what
 * is made of what they say.
 */

/* Why something is not to be had: an answer of that status. */
struct serve_refusal {
	unsigned status;
	unsigned retry_after; /* s; 0: not said */
	char *text;           /* owned; NULL: no memory for it */
};
struct serve_refusal serve_refusal(unsigned status, const char *format, ...) FORMAT_PRINTF(2, 3);
void serve_refusal_deinit(struct serve_refusal *refusal);

enum serve_purpose {
	SERVE_ANSWERS, /* the question */
	SERVE_FIGURES, /* for metrics and the page: the question is empty */
	SERVE_PUSHES,  /* a capture that nobody asked for, for a collector: others go before it */
	SERVE_PUSHES_HEAP, /* the same of the heap, if it is profiled */
};

struct serve_job {
	enum serve_purpose purpose;
	struct http_question question; /* owned */
	bool left;                     /* whoever asked has gone: nobody waits for the answer */
	bool active;                   /* the heap profiler is: of SERVE_PUSHES_HEAP */
	bool accumulates;              /* the heap profiler knows what was allocated in all */
	uint64_t asked;                /* monotonic ns */
	struct schedule_capture capture;
	struct owned_texts parts; /* files of what was sampled, slice by slice */
	struct owned_texts words; /* of the command that runs, or ran last */
	unsigned step;            /* commands that were run, but for those of a capture */
	char *result;             /* the file of the answer; NULL: not yet */
	char *text;               /* or the answer itself */
	struct serve_refusal refusal;
	bool ended; /* the process did meanwhile: the answer is what there is */
	uint64_t samples;
	uint64_t began;   /* ns since 1970: when it was sampled first */
	uint64_t sampled; /* ns: for how long */
};

/* Takes over what the question owns. */
struct error *serve_job_create(enum serve_purpose purpose, struct http_question *question,
	struct serve_job **ret) MUST_CHECK;
void serve_job_destroy(struct serve_job *job); /* takes NULL */

/* Whether it takes a time of its own, and can be cut into slices. */
bool serve_job_is_capture(const struct serve_job *job);
/* Of what kind its profile is; SERVE_KINDS: it makes none. */
enum serve_kind serve_job_kind(const struct serve_job *job);
/* "cpu for 30s at 99 Hz" */
void serve_job_describe(const struct serve_job *job, char *text, size_t size);

/*
 * What the worker is to run next; false: nothing, the job is done. The words are valid until the
 * next call.
 */
bool serve_job_next(
	struct serve_job *job, struct serve_worker *worker, uint64_t now, struct line_words *ret);

/* Takes what the command said. cut: it was interrupted. */
void serve_job_take(struct serve_job *job, struct serve_figures *figures,
	const struct serve_outcome *outcome, bool cut);

/* What an outcome that is no success means. */
struct serve_refusal serve_refusal_of(const struct serve_outcome *outcome);

/* Clients ask without an address first, whether names are to be had: pprof(1), "num_symbols". */
#define SERVE_SYMBOLS "num_symbols: 1\n"
bool serve_has_addresses(const struct http_question *question);

/* How it ended, for the count. */
enum serve_end serve_job_end(const struct serve_job *job);
