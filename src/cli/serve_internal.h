#pragma once

#include <regex.h>

#include "base/array.h"
#include "base/clock.h"
#include "cli/serve.h"
#include "cli/serve_figures.h"
#include "cli/serve_job.h"
#include "cli/serve_schedule.h"
#include "cli/serve_worker.h"
#include "http/server.h"
#include "target/target.h"

/* What the files of `serve` share. */

ARRAY_DEFINE(serve_jobs, struct serve_job *)

/* A process that is served. Its PID and its start time are its identity. */
struct served {
	struct target_identity identity; /* name and executable owned; of the others nothing is used
					  */
	int end;                         /* a pidfd; -1: none */
	bool ended;
	struct serve_worker worker;
	struct serve_jobs waiting; /* other than captures, the first one first */
	struct serve_job *capture; /* NULL: none */
	struct serve_job *next; /* a capture that one for a collector makes way for; NULL: none */
	struct serve_job *running;      /* whose command the worker runs; NULL: none's */
	size_t turns;                   /* see struct schedule */
	uint64_t used;                  /* monotonic ns: when something was asked of it last */
	uint64_t push_at, push_heap_at; /* monotonic ns: when to go on with what is pushed */
	bool asked_for_heap;
	unsigned heap_pauses; /* how often the heap was not asked for since it was off */
	bool switched;        /* limpet has switched its heap profiler */
	struct serve_figures figures;
	uint64_t looked_at, cpu_time; /* for the share of a CPU */
	double cpu;
};
ARRAY_DEFINE(served_array, struct served *)

/* A question for metrics, which waits for figures that are asked for, but not for ever. */
struct metrics_wait {
	struct http_question question;
	uint64_t until; /* monotonic ns */
};
ARRAY_DEFINE(metrics_waits, struct metrics_wait)

struct serve {
	struct session *session;
	const struct serve_options *options;
	regex_t allowed;  /* of options->allow, ... */
	bool compiled;    /* ... once it is */
	char *name;       /* that processes have; NULL: any, or options->pids */
	char *executable; /* of the only one; NULL: any */
	bool only;        /* there is one process, at a time */
	struct served_array processes;
	uint64_t searched; /* monotonic ns: for processes; 0: never */
	uint64_t search_pause;
	bool too_many_told;

	struct http_server *http; /* NULL: it ended, and is to be started anew ... */
	uint64_t http_started;    /* ... a second after this time */
	char *address;            /* where it listens, with the port */
	char *url;
	uint64_t answered, failed;
	bool ending;

	struct pusher *pusher; /* NULL: nothing is pushed, or it is to be started anew */
	struct push_options push_options;
	uint64_t push_started;
	char *push_problem;
	struct push_counts pushed_before; /* by those that have ended */
	struct metrics_waits metrics;
};

/* serve_work.c: jobs, and the workers that do them. */

/* Takes over the job, which must be no capture where there is one already. */
void serve_add(struct serve *serve, struct served *served, struct serve_job *job);
/* Takes what its worker says, and has it do what is next. */
void serve_take(struct serve *serve, struct served *served);
/* The client of that question has gone. */
void serve_abandon(struct served *served, uint64_t id);
/* All clients have. */
void serve_abandon_all(struct served *served);
/* Does what is due; returns when something is due next, monotonic ns. */
uint64_t serve_check(struct served *served);
/* All that was asked of it is answered by that. */
void serve_refuse_all(
	struct serve *serve, struct served *served, const struct serve_refusal *refusal);

/* serve_push.c: profiles for a collector. */

/* Nothing to do where none is named. */
struct error *serve_push_begin(struct serve *serve) MUST_CHECK;
void serve_push_tell(const struct serve *serve);
int serve_push_descriptor(const struct serve *serve);
void serve_push_take(struct serve *serve);
/* Starts the process anew that has ended; when to call it next. */
uint64_t serve_push_check(struct serve *serve);
/* Sees to it that a process is sampled; when to call it next. */
uint64_t serve_push_continue(struct serve *serve, struct served *served);
/* Hands over what was made. */
void serve_push_job(struct serve *serve, struct served *served, const struct serve_job *job);
void serve_push_counts(const struct serve *serve, struct push_counts *ret);
/* Sends what waits for so many ns at most. */
void serve_push_end(struct serve *serve, uint64_t patience);

/* serve_processes.c */

/* Finds out which processes there are to be served now. */
struct error *serve_search(struct serve *serve) MUST_CHECK;
/* When that is to be done next, monotonic ns. */
uint64_t serve_search_at(const struct serve *serve);
/* What is known of a process by its number: of the kernel, as of now. */
void served_look(struct served *served, uint64_t *ret_resident, uint64_t *ret_cpu_time);
/* The one that a question is about. NULL: there is none, and *ret_why says so. */
struct served *serve_find(
	struct serve *serve, const struct http_question *question, struct serve_refusal *ret_why);
/* Forgets one whose worker has ended, and with whom nothing is to be done. */
void serve_forget_ended(struct serve *serve);
void served_destroy(struct served *served);

/* serve_answers.c */

/* Answers, logs it, and is done with the job. */
void serve_finish(struct serve *serve, struct served *served, struct serve_job *job);
void serve_refuse(struct serve *serve, const struct http_question *question,
	const struct serve_refusal *refusal);
void serve_answer_text(struct serve *serve, const struct http_question *question,
	enum http_format format, const char *text);
/* The page of all processes, and their figures. */
void serve_answer_index(struct serve *serve, const struct http_question *question);
void serve_answer_metrics(struct serve *serve, const struct http_question *question);
void serve_answer_command_line(
	struct serve *serve, struct served *served, const struct http_question *question);

/* serve_log.c: a line each, with the time, on stderr. */
void serve_log(const struct serve *serve, const char *format, ...) FORMAT_PRINTF(2, 3);
/* Also where little is to be said. */
void serve_complain(const struct serve *serve, const char *format, ...) FORMAT_PRINTF(2, 3);
/* "1234 redis-server" */
void served_text(const struct served *served, char ret[static 64]);
