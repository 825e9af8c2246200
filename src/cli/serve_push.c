#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/quantity.h"
#include "cli/serve_internal.h"
#include "push/label.h"
#include "session/interrupt.h"

/* What is sent without being asked for: each process is sampled all the time. */

/* For a collector that is started beside limpet. */
#define ASK_PATIENCE  (120 * NANOSECONDS_PER_SECOND)
#define RESTART_PAUSE NANOSECONDS_PER_SECOND
/* After something that could not be had of a process. */
#define FAILED_PAUSE (10 * NANOSECONDS_PER_SECOND)
/* Until a process that has no heap profiler that is active is asked for it again. */
#define INACTIVE_PAUSES 5
#define LABEL_PID       "pid"

static struct error *start_pusher(struct serve *serve)
{
	serve->push_started = clock_monotonic();
	return pusher_start(&serve->push_options, &serve->pusher);
}

struct error *serve_push_begin(struct serve *serve)
{
	const struct push_request_options *push = &serve->options->push;
	enum push_kind kind = push->options.kind;
	struct error *error = NULL;

	if (!push->options.url)
		return NULL;
	serve->push_options = push->options;
	serve->push_options.interrupted = session_interrupted;
	if (!push->kind_known)
		error = push_ask_kind(&serve->push_options, ASK_PATIENCE, &kind);
	if (error)
		return error_set_hint(error_add_context(error, "asking which collector it is"),
			"--collector pyroscope or parca says so without asking");
	serve->push_options.kind = kind;
	error = push_labels_check(kind, push->labels.items, push->labels.count);
	return error ? error : start_pusher(serve);
}

void serve_push_tell(const struct serve *serve)
{
	char every[QUANTITY_SIZE];

	if (serve->pusher)
		serve_log(serve, "sampling at %u Hz all the time, and pushing to %s every %s",
			serve->options->push_rate, serve->push_options.url,
			format_duration((double)serve->options->push_every, every));
}

int serve_push_descriptor(const struct serve *serve)
{
	return serve->pusher ? pusher_descriptor(serve->pusher) : -1;
}

/* What went wrong is told when it begins, changes and ends. */
void serve_push_take(struct serve *serve)
{
	const char *problem;

	if (!serve->pusher)
		return;
	pusher_take(serve->pusher);
	problem = pusher_problem(serve->pusher);
	if (strcmp(problem, serve->push_problem ? serve->push_problem : "") == 0)
		return;
	free(serve->push_problem);
	serve->push_problem = strdup(problem);
	if (*problem)
		serve_complain(serve, "push: %s", problem);
	else
		serve_log(serve, "push: the collector takes profiles again");
}

static void push_ended(struct serve *serve)
{
	struct push_counts counts;

	pusher_counts(serve->pusher, &counts);
	serve->pushed_before.sent += counts.sent;
	serve->pushed_before.retries += counts.retries;
	serve->pushed_before.refused += counts.refused;
	serve->pushed_before.dropped += counts.dropped + counts.waiting;
	pusher_end(TAKE_POINTER(serve->pusher), 0);
	serve_complain(serve, "the process that sends profiles has ended: it is started anew");
}

uint64_t serve_push_check(struct serve *serve)
{
	struct error *error;

	if (!serve->options->push.options.url || serve->pusher)
		return UINT64_MAX;
	if (clock_monotonic() < serve->push_started + RESTART_PAUSE)
		return serve->push_started + RESTART_PAUSE;
	error = start_pusher(serve);
	if (error)
		serve_complain(serve, "cannot push: %s", error->message);
	error_destroy(error);
	return error ? serve->push_started + RESTART_PAUSE : UINT64_MAX;
}

/* As they were until now, with those of processes that have ended. */
void serve_push_counts(const struct serve *serve, struct push_counts *ret)
{
	*ret = (struct push_counts){0};
	if (serve->pusher)
		pusher_counts(serve->pusher, ret);
	ret->sent += serve->pushed_before.sent;
	ret->retries += serve->pushed_before.retries;
	ret->refused += serve->pushed_before.refused;
	ret->dropped += serve->pushed_before.dropped;
}

void serve_push_end(struct serve *serve, uint64_t patience)
{
	pusher_end(TAKE_POINTER(serve->pusher), patience);
	free(TAKE_POINTER(serve->push_problem));
}

/* Several processes of a name are told apart by their numbers. */
static struct error *make_labels(const struct serve *serve, const struct served *served,
	const char pid[static 16], struct push_labels *labels)
{
	const struct push_labels *given = &serve->options->push.labels;
	struct error *error = NULL;

	(void)served;
	ARRAY_FOR_EACH (label, given)
		if (!error)
			error = push_labels_append(labels, *label);
	if (!error && !serve->only)
		error = push_labels_append(labels, (struct push_label){LABEL_PID, pid});
	return error;
}

static struct error *push_file(
	struct serve *serve, struct served *served, const struct serve_job *job, int file)
{
	CLEANUP(push_labels_deinit) struct push_labels labels = {0};
	bool heap = job->purpose == SERVE_PUSHES_HEAP;
	char pid[16];
	struct push_profile profile = {
		.file = file,
		.kind = heap ? "memory" : "process_cpu",
		.service = serve->only && serve->name ? serve->name : served->identity.name,
		.start = job->began,
		.end = job->began + job->sampled,
		.rate = heap ? 0 : job->question.rate,
	};
	struct error *error;

	snprintf(pid, sizeof(pid), "%d", served->identity.pid);
	error = make_labels(serve, served, pid, &labels);
	profile.labels = labels.items;
	profile.label_count = labels.count;
	return error ? error : pusher_add(serve->pusher, &profile);
}

static const char *file_of(const struct serve_job *job)
{
	return job->result ? job->result : job->parts.count ? job->parts.items[0] : NULL;
}

void serve_push_job(struct serve *serve, struct served *served, const struct serve_job *job)
{
	const char *path = file_of(job);
	CLEANUP(cleanup_close) int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	uint64_t now = clock_monotonic();
	struct error *error;
	char text[64];

	if (job->refusal.status && !served->ended && !serve->ending) {
		served_text(served, text);
		served->push_at = now + FAILED_PAUSE;
		serve_complain(serve, "%s: %s: %s", text,
			job->purpose == SERVE_PUSHES_HEAP ? "heap" : "sampling",
			job->refusal.text ? job->refusal.text : "");
	}
	if (file < 0 || !serve->pusher)
		return;
	error = push_file(serve, served, job, file);
	if (error && error->kind == ERROR_GONE)
		push_ended(serve);
	else if (error)
		serve_complain(serve, "push: %s", error->message);
	error_destroy(error);
}

static void add(struct serve *serve, struct served *served, enum serve_purpose purpose)
{
	struct http_question question = {
		.subject = purpose == SERVE_PUSHES_HEAP ? HTTP_HEAP : HTTP_PROFILE,
		.format = HTTP_PPROF,
		.duration = purpose == SERVE_PUSHES_HEAP ? 0 : serve->options->push_every,
		.rate = serve->options->push_rate,
	};
	struct serve_job *job = NULL;
	struct error *error = serve_job_create(purpose, &question, &job);

	if (!error)
		serve_add(serve, served, job);
	error_destroy(error);
}

static uint64_t check_heap(struct serve *serve, struct served *served, uint64_t now)
{
	const struct serve_options *options = serve->options;
	bool active = served->figures.profiler_known && served->figures.active;

	if (!options->push_heap_every)
		return UINT64_MAX;
	if (now < served->push_heap_at)
		return served->push_heap_at;
	/* Of one in which it is off no more is asked than that, and less often. */
	served->push_heap_at = now + options->push_heap_every;
	if (served->asked_for_heap && !active && served->heap_pauses++ < INACTIVE_PAUSES)
		return served->push_heap_at;
	served->heap_pauses = 0;
	served->asked_for_heap = true;
	add(serve, served, SERVE_PUSHES_HEAP);
	return served->push_heap_at;
}

uint64_t serve_push_continue(struct serve *serve, struct served *served)
{
	uint64_t now = clock_monotonic(), heap;

	if (!serve->pusher || served->ended || served->worker.state == SERVE_WORKER_LEAVING)
		return UINT64_MAX;
	if (now < served->push_at)
		return served->push_at;
	heap = check_heap(serve, served, now);
	if (!served->capture && !served->next)
		add(serve, served, SERVE_PUSHES);
	return heap;
}
