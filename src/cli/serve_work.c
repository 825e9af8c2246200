#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/serve_internal.h"

/* A worker that nothing was asked of for so long ends. */
#define IDLE_MAX (300 * NANOSECONDS_PER_SECOND)
/* For a command, beyond the time that it is to take. */
#define PATIENCE         (60 * NANOSECONDS_PER_SECOND)
#define PATIENCE_LEAVING (15 * NANOSECONDS_PER_SECOND)

static struct schedule schedule_of(struct served *served)
{
	return (struct schedule){
		.waiting = served->waiting.count,
		.turns = served->turns,
		.capture = served->capture ? &served->capture->capture : NULL,
	};
}

static struct serve_job *take_first(struct serve_jobs *jobs)
{
	struct serve_job *first = jobs->items[0];

	jobs->count--;
	memmove(jobs->items, jobs->items + 1, jobs->count * sizeof(*jobs->items));
	return first;
}

static void finish_running(struct serve *serve, struct served *served)
{
	struct serve_job *job = TAKE_POINTER(served->running);

	if (served->capture == job) {
		served->capture = TAKE_POINTER(served->next);
		served->turns = served->waiting.count;
	}
	served->used = clock_monotonic();
	serve_finish(serve, served, job);
}

/* Any one, which is then the one that runs; NULL: there is none. */
static struct serve_job *take_any(struct served *served)
{
	if (!served->running && served->capture)
		served->running = served->capture;
	if (!served->running && served->waiting.count)
		served->running = take_first(&served->waiting);
	return served->running;
}

void serve_refuse_all(
	struct serve *serve, struct served *served, const struct serve_refusal *refusal)
{
	struct serve_job *job;

	while ((job = take_any(served))) {
		if (!job->refusal.status)
			job->refusal = serve_refusal(
				refusal->status, "%s", refusal->text ? refusal->text : "");
		finish_running(serve, served);
	}
}

static void refuse_all_for(struct serve *serve, struct served *served, struct error *error)
{
	struct serve_refusal refusal = serve_refusal(500, "%s", error->message);

	serve_refuse_all(serve, served, &refusal);
	serve_refusal_deinit(&refusal);
	error_destroy(error);
}

static bool run_job(struct serve *serve, struct served *served, struct serve_job *job)
{
	struct line_words words;

	served->running = job;
	if (!serve_job_next(job, &served->worker, clock_monotonic(), &words)) {
		finish_running(serve, served);
		return false;
	}
	/* That it has ended is told by what is taken from it. */
	error_destroy(serve_worker_run(&served->worker, &words));
	return true;
}

/* Sees to it that the worker is at work, if there is some. */
static void work(struct serve *serve, struct served *served)
{
	while (served->worker.state == SERVE_WORKER_IDLE && !served->running) {
		struct schedule schedule = schedule_of(served);
		enum schedule_next next = schedule_next(&schedule);
		struct serve_job *job = served->capture;

		if (next == SCHEDULE_NOTHING)
			return;
		if (next == SCHEDULE_COMMAND) {
			schedule_command_began(&schedule);
			served->turns = schedule.turns;
			job = take_first(&served->waiting);
		}
		run_job(serve, served, job);
	}
	if (served->worker.state != SERVE_WORKER_NONE ||
		(!served->waiting.count && !served->capture))
		return;
	struct error *error = serve_worker_start(serve->session, served->identity.pid,
		!serve->session->keeps_switched, &served->worker);
	if (error)
		refuse_all_for(serve, served, error);
}

static void done(
	struct serve *serve, struct served *served, const struct serve_outcome *outcome, bool cut)
{
	struct serve_job *job = served->running;
	struct line_words words;

	if (!job)
		return;
	bool slice = job->capture.since != 0;
	bool switches =
		job->question.subject == HTTP_ACTIVATE || job->question.subject == HTTP_DEACTIVATE;

	serve_job_take(job, &served->figures, outcome, cut);
	served->switched |= switches && !job->refusal.status;
	if (slice) {
		struct schedule schedule = schedule_of(served);

		schedule_slice_done(&schedule);
		served->turns = schedule.turns;
		served->running = NULL;
		/* It makes way for whatever it was interrupted for. */
		if (job->purpose == SERVE_PUSHES) {
			served->running = job;
			finish_running(serve, served);
		}
		return;
	}
	if (!serve_job_next(job, &served->worker, clock_monotonic(), &words))
		finish_running(serve, served);
	else
		error_destroy(serve_worker_run(&served->worker, &words));
}

static void worker_ended(struct serve *serve, struct served *served,
	const struct serve_outcome *outcome, bool refused)
{
	struct serve_refusal refusal = serve_refusal_of(outcome);
	char text[64];

	served_text(served, text);
	if (outcome->killed)
		serve_complain(serve, "%s: the limpet for it was killed%s", text,
			served->switched ? "; its heap profiler stays as it is" : "");
	else if (outcome->status)
		serve_complain(serve, "%s: %s", text, refusal.text ? refusal.text : "");
	else if (served->switched)
		serve_log(serve, "%s: its heap profiler %s", text,
			serve->session->keeps_switched ? "stays as it is" : "is as it was found");
	served->switched = false;
	/* What waits is not the killed one's: another worker does it. */
	if (refused || served->ended)
		serve_refuse_all(serve, served, &refusal);
	else if (served->running) {
		if (!served->running->refusal.status)
			served->running->refusal =
				serve_refusal(500, "%s", refusal.text ? refusal.text : "");
		finish_running(serve, served);
	}
	/* What was sampled before is gone with its files. */
	if (served->capture && served->capture->parts.count && !served->capture->refusal.status)
		served->capture->refusal =
			serve_refusal(500, "%s", refusal.text ? refusal.text : "");
	serve_refusal_deinit(&refusal);
}

void serve_take(struct serve *serve, struct served *served)
{
	bool refused = served->worker.state == SERVE_WORKER_STARTING;
	bool cut = served->worker.interrupted;
	CLEANUP(serve_outcome_deinit) struct serve_outcome outcome = {0};

	switch (serve_worker_take(&served->worker, &outcome)) {
	case SERVE_WORKER_NOTHING:
	case SERVE_WORKER_ATTACHED:
		break;
	case SERVE_WORKER_DONE:
		done(serve, served, &outcome, cut);
		break;
	case SERVE_WORKER_ENDED:
		worker_ended(serve, served, &outcome, refused);
		break;
	}
	work(serve, served);
}

/* The capture for a collector ends. */
static void make_way(struct served *served)
{
	served->capture->capture.left = 0;
	if (served->running == served->capture)
		serve_worker_interrupt(&served->worker);
}

void serve_add(struct serve *serve, struct served *served, struct serve_job *job)
{
	struct error *error;

	served->used = clock_monotonic();
	if (serve_job_is_capture(job) && served->capture) {
		served->next = job;
		make_way(served);
	} else if (serve_job_is_capture(job)) {
		served->capture = job;
		served->turns = served->waiting.count;
	} else {
		error = serve_jobs_append(&served->waiting, job);
		if (error) {
			serve_job_destroy(job);
			error_destroy(error);
			return;
		}
	}
	work(serve, served);
}

static uint64_t earlier(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

/* Who goes takes along what nobody else waits for. */
void serve_abandon(struct served *served, uint64_t id)
{
	ARRAY_FOR_EACH (job, &served->waiting)
		(*job)->left |= (*job)->purpose == SERVE_ANSWERS && (*job)->question.id == id;
	if (served->next && served->next->question.id == id)
		served->next->left = true;
	if (served->capture && served->capture->purpose == SERVE_ANSWERS &&
		served->capture->question.id == id)
		served->capture->left = true;
	if (!served->running || served->running->purpose != SERVE_ANSWERS ||
		served->running->question.id != id)
		return;
	served->running->left = true;
	serve_worker_interrupt(&served->worker);
}

void serve_abandon_all(struct served *served)
{
	ARRAY_FOR_EACH (job, &served->waiting)
		(*job)->left |= (*job)->purpose == SERVE_ANSWERS;
	if (served->next)
		served->next->left = true;
	if (served->capture && served->capture->purpose == SERVE_ANSWERS)
		served->capture->left = true;
	if (!served->running || served->running->purpose != SERVE_ANSWERS)
		return;
	served->running->left = true;
	serve_worker_interrupt(&served->worker);
}

static uint64_t check_capture(struct served *served, uint64_t now)
{
	struct schedule schedule = schedule_of(served);
	uint64_t at = schedule_interrupt_at(&schedule);

	if (served->worker.state != SERVE_WORKER_BUSY || served->running != served->capture ||
		served->worker.interrupt || at == UINT64_MAX)
		return UINT64_MAX;
	if (now < at)
		return at;
	serve_worker_interrupt(&served->worker);
	return UINT64_MAX;
}

static uint64_t check_idle(struct served *served, uint64_t now)
{
	uint64_t at = served->used + IDLE_MAX;

	if (served->worker.state != SERVE_WORKER_IDLE || served->running || served->capture ||
		served->waiting.count)
		return UINT64_MAX;
	/* It is the one who knows how to switch it back. */
	if (!served->ended && served->switched)
		return UINT64_MAX;
	if (!served->ended && now < at)
		return at;
	serve_worker_leave(&served->worker);
	return UINT64_MAX;
}

uint64_t serve_check(struct served *served)
{
	uint64_t now = clock_monotonic(), patience = PATIENCE, next;

	if (served->worker.state == SERVE_WORKER_LEAVING)
		patience = PATIENCE_LEAVING;
	else if (served->running && served->running->capture.since)
		patience += served->running->capture.deadline - served->running->asked;
	next = serve_worker_check(&served->worker, patience);
	next = earlier(next, check_capture(served, now));
	return earlier(next, check_idle(served, now));
}
