#include "cli/serve.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "cli/answer.h"
#include "cli/json.h"
#include "cli/serve_internal.h"
#include "session/interrupt.h"
#include "target/live.h"

ARRAY_DEFINE(poll_array, struct pollfd)

#define POLL_LONGEST  NANOSECONDS_PER_SECOND
#define RESTART_PAUSE NANOSECONDS_PER_SECOND
#define WAITING_MAX   32
#define METRICS_MAX   16
#define METRICS_WAIT  (2 * NANOSECONDS_PER_SECOND)
/* jemalloc is asked for its figures no more often, whoever scrapes them. */
#define FIGURES_AGE   (5 * NANOSECONDS_PER_SECOND)
#define PUSH_END_WAIT (5 * NANOSECONDS_PER_SECOND)
#define END_WAIT      (20 * NANOSECONDS_PER_SECOND)

/* Questions. */

static struct serve_refusal busy(const struct serve_job *capture)
{
	uint64_t now = clock_monotonic(), left = capture->capture.left;
	char what[96];
	struct serve_refusal refusal;

	if (capture->capture.since && now > capture->capture.since)
		left -= left < now - capture->capture.since ? left : now - capture->capture.since;
	left = (left + NANOSECONDS_PER_SECOND - 1) / NANOSECONDS_PER_SECOND;
	serve_job_describe(capture, what, sizeof(what));
	refusal = serve_refusal(503, "a capture goes on: %s, %lus left", what, (unsigned long)left);
	refusal.retry_after = (unsigned)left + 1;
	return refusal;
}

static void refuse(struct serve *serve, const struct served *served,
	const struct http_question *question, struct serve_refusal refusal)
{
	char text[64] = "";

	if (served)
		served_text(served, text);
	serve_log(serve, "%s%s%u: %s", text, served ? ": " : "", refusal.status,
		refusal.text ? refusal.text : "");
	serve_refuse(serve, question, &refusal);
	serve_refusal_deinit(&refusal);
}

/* One for a collector makes way, for one that is asked for. */
static bool is_busy(const struct served *served)
{
	return served->next || (served->capture && served->capture->purpose == SERVE_ANSWERS);
}

static void ask(struct serve *serve, struct served *served, struct http_question *question)
{
	struct serve_job *job = NULL;
	struct error *error = serve_job_create(SERVE_ANSWERS, question, &job);

	if (error) {
		error_destroy(error);
		refuse(serve, served, question, serve_refusal(500, "out of memory"));
		return;
	}
	job->accumulates = served->figures.profiler_known && served->figures.accumulates;
	if (serve_job_is_capture(job) && is_busy(served)) {
		refuse(serve, served, &job->question,
			busy(served->next ? served->next : served->capture));
		serve_job_destroy(job);
	} else if (served->waiting.count >= WAITING_MAX) {
		refuse(serve, served, &job->question,
			serve_refusal(503, "%zu requests wait for this process already",
				served->waiting.count));
		serve_job_destroy(job);
	} else {
		serve_add(serve, served, job);
	}
}

static bool figures_wait(const struct served *served)
{
	if (served->running && served->running->purpose == SERVE_FIGURES)
		return true;
	ARRAY_FOR_EACH (job, &served->waiting)
		if ((*job)->purpose == SERVE_FIGURES)
			return true;
	return false;
}

/* Of one that nobody profiles nothing is asked. */
static void ask_for_figures(struct serve *serve, struct served *served)
{
	struct serve_figures *figures = &served->figures;
	uint64_t used = served->used;
	struct serve_job *job = NULL;
	struct error *error;

	if (served->ended || served->worker.state == SERVE_WORKER_NONE || figures_wait(served) ||
		served->worker.state == SERVE_WORKER_LEAVING ||
		(figures->asked_at && clock_monotonic() < figures->asked_at + FIGURES_AGE))
		return;
	error = serve_job_create(SERVE_FIGURES, NULL, &job);
	if (!error)
		serve_add(serve, served, job);
	error_destroy(error);
	served->used = used;
}

static bool any_figures_wait(const struct serve *serve)
{
	ARRAY_FOR_EACH (one, &serve->processes)
		if (figures_wait(*one))
			return true;
	return false;
}

/* When the next one has waited for long enough. */
static uint64_t answer_metrics(struct serve *serve)
{
	bool wait = any_figures_wait(serve);
	uint64_t now = clock_monotonic(), next = UINT64_MAX;
	size_t kept = 0;

	for (size_t i = 0; i < serve->metrics.count; i++) {
		struct metrics_wait *one = &serve->metrics.items[i];

		if (!wait || now >= one->until) {
			serve_answer_metrics(serve, &one->question);
			continue;
		}
		next = one->until < next ? one->until : next;
		serve->metrics.items[kept++] = *one;
	}
	serve->metrics.count = kept;
	return next;
}

static void ask_for_metrics(struct serve *serve, const struct http_question *question)
{
	struct metrics_wait wait = {
		.question = {.id = question->id},
		.until = clock_monotonic() + METRICS_WAIT,
	};
	struct error *error = NULL;

	ARRAY_FOR_EACH (one, &serve->processes)
		ask_for_figures(serve, *one);
	if (serve->metrics.count < METRICS_MAX)
		error = metrics_waits_append(&serve->metrics, wait);
	else
		serve_answer_metrics(serve, question);
	error_destroy(error);
}

static void answer_question(struct serve *serve, struct http_question *question)
{
	struct serve_refusal why = {0};
	struct served *served;

	if (question->subject == HTTP_INDEX) {
		error_destroy(serve_search(serve));
		serve_answer_index(serve, question);
		return;
	}
	if (question->subject == HTTP_METRICS) {
		ask_for_metrics(serve, question);
		return;
	}
	served = serve_find(serve, question, &why);
	if (!served)
		refuse(serve, NULL, question, why);
	else if (question->subject == HTTP_SYMBOL && !serve_has_addresses(question))
		serve_answer_text(serve, question, HTTP_TEXT, SERVE_SYMBOLS);
	else if (question->subject == HTTP_COMMAND_LINE)
		serve_answer_command_line(serve, served, question);
	else
		ask(serve, served, question);
}

static void client_left(struct serve *serve, uint64_t id)
{
	struct metrics_waits *metrics = &serve->metrics;
	size_t kept = 0;

	ARRAY_FOR_EACH (one, &serve->processes)
		serve_abandon(*one, id);
	for (size_t i = 0; i < metrics->count; i++)
		if (metrics->items[i].question.id != id)
			metrics->items[kept++] = metrics->items[i];
	metrics->count = kept;
}

/* The HTTP process. */

/* All who asked have lost their connection; what is asked next has ids that begin anew. */
static void http_ended(struct serve *serve)
{
	serve_complain(serve, "the process that talks to clients has ended: it is started anew");
	http_server_end(TAKE_POINTER(serve->http));
	serve->metrics.count = 0;
	ARRAY_FOR_EACH (one, &serve->processes)
		serve_abandon_all(*one);
}

static struct error *start_http(struct serve *serve)
{
	struct http_options options = serve->options->http;

	if (serve->address)
		options.address = serve->address;
	serve->http_started = clock_monotonic();
	return http_server_start(&options, &serve->http);
}

static uint64_t restart_http(struct serve *serve)
{
	uint64_t at = serve->http_started + RESTART_PAUSE;
	struct error *error;

	if (serve->http)
		return UINT64_MAX;
	if (clock_monotonic() < at)
		return at;
	error = start_http(serve);
	if (error)
		serve_complain(serve, "cannot serve again: %s", error->message);
	error_destroy(error);
	return error ? serve->http_started + RESTART_PAUSE : UINT64_MAX;
}

static void take_questions(struct serve *serve)
{
	while (serve->http) {
		struct http_question question = {0};

		switch (http_server_receive(serve->http, &question)) {
		case HTTP_NOTHING:
			return;
		case HTTP_QUESTION:
			answer_question(serve, &question);
			http_question_deinit(&question);
			break;
		case HTTP_LEFT:
			client_left(serve, question.id);
			break;
		case HTTP_ENDED:
			http_ended(serve);
			break;
		}
	}
}

/* The loop. */

#define OWN  2 /* of HTTP, and of what is pushed */
#define ENDS 4 /* of a process: its own, and those of its worker */

static struct error *list_descriptors(const struct serve *serve, struct poll_array *list)
{
	struct error *error = poll_array_reserve(list, OWN + serve->processes.count * ENDS);

	list->count = 0;
	if (error)
		return error;
	list->items[list->count++] =
		(struct pollfd){serve->http ? http_server_descriptor(serve->http) : -1, POLLIN, 0};
	list->items[list->count++] = (struct pollfd){serve_push_descriptor(serve), POLLIN, 0};
	ARRAY_FOR_EACH (one, &serve->processes) {
		const struct worker *worker = &(*one)->worker.ends;
		bool there = (*one)->worker.state != SERVE_WORKER_NONE;
		const int descriptors[ENDS] = {(*one)->ended ? -1 : (*one)->end,
			there ? worker->control : -1, there ? worker->out : -1,
			there ? worker->messages : -1};

		for (size_t i = 0; i < ENDS; i++)
			list->items[list->count++] = (struct pollfd){descriptors[i], POLLIN, 0};
	}
	return NULL;
}

static void note_end(struct serve *serve, struct served *served)
{
	char text[64];

	if (served->ended || live_target_lives(&served->identity))
		return;
	served->ended = true;
	served_text(served, text);
	serve_log(serve, "%s has ended", text);
	serve->search_pause = 0;
}

static uint64_t check_all(struct serve *serve)
{
	uint64_t next = serve_search_at(serve);

	if (clock_monotonic() >= next) {
		error_destroy(serve_search(serve));
		next = serve_search_at(serve);
	}
	ARRAY_FOR_EACH (one, &serve->processes) {
		uint64_t at;

		note_end(serve, *one);
		at = serve_push_continue(serve, *one);
		next = at < next ? at : next;
		at = serve_check(*one);
		next = at < next ? at : next;
	}
	serve_forget_ended(serve);
	uint64_t metrics = answer_metrics(serve), restart = restart_http(serve);
	uint64_t push = serve_push_check(serve);

	next = push < next ? push : next;
	next = metrics < next ? metrics : next;
	return restart < next ? restart : next;
}

static void take_all(struct serve *serve)
{
	for (size_t i = 0; i < serve->processes.count; i++)
		serve_take(serve, serve->processes.items[i]);
}

/* Once. */
static struct error *turn(struct serve *serve, struct poll_array *descriptors)
{
	uint64_t longest = clock_monotonic() + POLL_LONGEST, next = check_all(serve);
	struct error *error = list_descriptors(serve, descriptors);

	if (error)
		return error;
	session_wait(descriptors->items, descriptors->count, next < longest ? next : longest);
	take_questions(serve);
	serve_push_take(serve);
	take_all(serve);
	return NULL;
}

/* Beginning and end. */

static struct error *compile(struct serve *serve, const char *pattern)
{
	int status = regcomp(&serve->allowed, pattern, REG_EXTENDED);
	char text[128];

	serve->compiled = !status;
	if (!status)
		return NULL;
	regerror(status, &serve->allowed, text, sizeof(text));
	return error_create(
		ERROR_USAGE, "--allow '%s' is no regular expression: %s", pattern, text);
}

/* What comes in its place is known by its name, and the file that it runs. */
static struct error *remember_only(struct serve *serve)
{
	const struct target_identity *identity;

	if (!serve->only || !serve->processes.count)
		return NULL;
	identity = &serve->processes.items[0]->identity;
	if (!serve->name)
		serve->name = strdup(identity->name);
	serve->executable = strdup(identity->executable);
	return serve->name && serve->executable ? NULL : &error_no_memory;
}

static struct error *none_found(const struct serve *serve)
{
	const struct serve_options *options = serve->options;

	if (serve->processes.count || options->allow || options->all)
		return NULL;
	if (options->pids.count)
		return error_create(
			ERROR_GONE, "no process %u can be served", options->pids.items[0]);
	return error_create(ERROR_GONE, "no process is called '%s'", options->name);
}

/* One of several of the name is not chosen by chance. */
static struct error *check_only(const struct serve *serve)
{
	pid_t pid;

	return serve->only && serve->options->name ? live_target_find(serve->options->name, &pid)
						   : NULL;
}

static struct error *find_processes(struct serve *serve)
{
	const struct serve_options *options = serve->options;
	struct error *error = check_only(serve);

	if (!error && options->name) {
		serve->name = strdup(options->name);
		error = serve->name ? NULL : &error_no_memory;
	}
	if (!error)
		error = serve_search(serve);
	if (!error)
		error = none_found(serve);
	return error ? error : remember_only(serve);
}

/* "127.0.0.1:41234" of its URL: the port stays the same when it is started anew. */
static struct error *keep_address(struct serve *serve)
{
	const char *url = http_server_url(serve->http);
	const char *address = strstr(url, "://");

	serve->url = strdup(url);
	address = address ? address + strlen("://") : url;
	serve->address = strndup(address, strcspn(address, "/"));
	if (!address || strncmp(url, "unix:", 5) == 0) {
		free(serve->address);
		serve->address = strdup(serve->options->http.address);
	}
	return serve->url && serve->address ? NULL : &error_no_memory;
}

static void tell_beginning(struct serve *serve)
{
	char text[64];

	if (serve->only) {
		served_text(serve->processes.items[0], text);
		serve_log(serve, "serving %s at %s%sdebug/pprof/", text, serve->url,
			strncmp(serve->url, "unix:", 5) == 0 ? " /" : "");
	} else {
		serve_log(serve, "serving %zu process%s at %s", serve->processes.count,
			serve->processes.count == 1 ? "" : "es", serve->url);
	}
}

static struct error *begin(struct serve *serve)
{
	struct error *error = NULL;

	if (serve->options->allow)
		error = compile(serve, serve->options->allow);
	if (!error)
		error = find_processes(serve);
	if (!error)
		error = serve_push_begin(serve);
	if (!error)
		error = start_http(serve);
	if (!error)
		error = keep_address(serve);
	if (error)
		return error;
	tell_beginning(serve);
	serve_push_tell(serve);
	if (!serve->session->json)
		return NULL;
	answer_put(serve->session, "url", json_text(serve->url));
	return answer_print_part(serve->session, "serve");
}

static bool any_worker(const struct serve *serve)
{
	ARRAY_FOR_EACH (one, &serve->processes)
		if ((*one)->worker.state != SERVE_WORKER_NONE)
			return true;
	return false;
}

/* All workers let go of their processes at once, and are waited for. */
static void end_workers(struct serve *serve)
{
	CLEANUP(poll_array_deinit) struct poll_array descriptors = {0};
	const struct serve_refusal refusal = {.status = 503};
	uint64_t until = clock_monotonic() + END_WAIT;

	session_begin_cleanup();
	serve->ending = true;
	ARRAY_FOR_EACH (one, &serve->processes) {
		serve_abandon_all(*one);
		serve_refuse_all(serve, *one, &refusal);
		serve_worker_leave(&(*one)->worker);
	}
	while (any_worker(serve) && clock_monotonic() < until) {
		struct error *error = list_descriptors(serve, &descriptors);

		if (!error)
			session_wait(descriptors.items, descriptors.count,
				clock_monotonic() + POLL_LONGEST);
		error_destroy(error);
		take_all(serve);
		ARRAY_FOR_EACH (one, &serve->processes)
			(void)serve_check(*one);
	}
}

static void end(struct serve *serve)
{
	http_server_end(TAKE_POINTER(serve->http));
	end_workers(serve);
	serve_push_end(serve, PUSH_END_WAIT);
	ARRAY_FOR_EACH (one, &serve->processes)
		served_destroy(*one);
	served_array_deinit(&serve->processes);
	metrics_waits_deinit(&serve->metrics);
	if (serve->compiled)
		regfree(&serve->allowed);
	free(serve->name);
	free(serve->executable);
	free(serve->address);
	free(serve->url);
}

struct error *serve_run(struct session *session, const struct serve_options *options)
{
	CLEANUP(poll_array_deinit) struct poll_array descriptors = {0};
	struct serve serve = {
		.session = session,
		.options = options,
		.only = options->pids.count == 1 || (options->name && !options->all),
	};
	/* Files that wait to be sent are for nobody else. */
	mode_t former = umask(077);
	struct error *error = begin(&serve);

	while (!error && !session_interrupted())
		error = turn(&serve, &descriptors);
	if (!error)
		serve_log(&serve, "ends: %lu answers", (unsigned long)serve.answered);
	if (!error && session->json)
		answer_put(session, "url", json_text(serve.url));
	end(&serve);
	umask(former);
	return error;
}
