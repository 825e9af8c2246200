#include "cli/front.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/quantity.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/front_internal.h"
#include "cli/json.h"
#include "cli/report.h"

#define POLL_MILLISECONDS 200
#define PROGRESS_DELAY    (NANOSECONDS_PER_SECOND / 2)
/* For a worker that lets go of its process and has nothing else to do. */
#define END_DEADLINE (30 * NANOSECONDS_PER_SECOND)

/* control, out, messages */
#define ENDS 3
ARRAY_DEFINE(poll_array, struct pollfd)

const char *front_worker_name(const struct front_worker *worker)
{
	return worker->latest.target[0] ? worker->latest.target : worker->spec;
}

int front_worker_pid(const struct front_worker *worker)
{
	uint64_t number = 0;

	if (worker->latest.pid || !parse_unsigned(worker->spec, &number) || number > INT_MAX)
		return worker->latest.pid;
	return (int)number;
}

static void note_status(struct session *session, int status)
{
	if (status > session->failure)
		session->failure = status;
}

/* A worker that was killed has failed, whatever it was about. */
static int reap(struct front_worker *worker)
{
	int status = 0;

	while (waitpid(worker->worker.process, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	fprintf(stderr, "limpet: the limpet for %s was killed (%s)\n", front_worker_name(worker),
		strsignal(WTERMSIG(status)));
	return EXIT_COMMAND_FAILED;
}

static void close_worker(struct front_worker *worker)
{
	int status;

	if (worker->ended)
		return;
	front_output_take(worker);
	cleanup_close(&worker->worker.control);
	status = reap(worker);
	if (status > worker->status)
		worker->status = status;
	cleanup_close(&worker->worker.out);
	cleanup_close(&worker->worker.messages);
	worker->ended = true;
	worker->working = false;
}

static void receive(struct front_worker *worker)
{
	struct worker_reply reply;

	if (!worker_receive(&worker->worker, &reply)) {
		close_worker(worker);
		if (!worker->status)
			worker->status = EXIT_COMMAND_FAILED;
		return;
	}
	front_output_take(worker);
	if (reply.target[0])
		worker->latest = reply;
	worker->status = reply.status;
	worker->working = false;
}

static void hand_on_interrupts(struct front *front, unsigned *handed)
{
	for (; *handed < session_interrupts(); ++*handed)
		ARRAY_FOR_EACH (worker, &front->workers)
			if (worker->working)
				kill(worker->worker.process, SIGINT);
}

static void begin(struct front_worker *worker, bool takes_part)
{
	worker->took_part = takes_part;
	worker->status = EXIT_DONE;
}

static size_t count_working(const struct front *front)
{
	size_t count = 0;

	ARRAY_FOR_EACH (worker, &front->workers)
		count += worker->working;
	return count;
}

static void show_progress(struct front *front, uint64_t elapsed)
{
	char text[QUANTITY_SIZE];

	if (elapsed < PROGRESS_DELAY || !isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r%zu of %zu processes at work, %s \033[K", count_working(front),
		front->workers.count,
		format_duration((double)(elapsed / 100000000 * 100000000), text));
	front->progressing = true;
}

static struct error *list_ends(const struct front *front, struct poll_array *ends)
{
	struct error *error = NULL;

	ends->count = 0;
	ARRAY_FOR_EACH (worker, &front->workers) {
		const struct worker *one = &worker->worker;
		const int fds[ENDS] = {one->control, one->out, one->messages};

		for (size_t i = 0; i < ENDS && !error; i++)
			error = poll_array_append(
				ends, (struct pollfd){worker->working ? fds[i] : -1, POLLIN, 0});
	}
	return error;
}

static void take_ready(struct front *front, const struct poll_array *ends)
{
	for (size_t i = 0; i < front->workers.count; i++) {
		const struct pollfd *of = &ends->items[i * ENDS];
		struct front_worker *worker = &front->workers.items[i];

		if (!worker->working)
			continue;
		if (of[1].revents || of[2].revents)
			front_output_take(worker);
		if (of[0].revents)
			receive(worker);
	}
}

/* Until each worker that is at work has answered. */
static struct error *gather(struct front *front)
{
	CLEANUP(poll_array_deinit) struct poll_array ends = {0};
	uint64_t start = clock_monotonic();
	struct error *error = NULL;
	unsigned handed = 0;

	while (!error && count_working(front)) {
		uint64_t now = clock_monotonic();

		hand_on_interrupts(front, &handed);
		error = list_ends(front, &ends);
		if (!error && poll(ends.items, ends.count, POLL_MILLISECONDS) > 0)
			take_ready(front, &ends);
		front_output_print_late(front, now);
		if (count_working(front))
			show_progress(front, now - start);
	}
	front_output_print(front);
	return error;
}

static int worst_status(const struct front *front)
{
	int worst = 0;

	ARRAY_FOR_EACH (worker, &front->workers)
		if (worker->took_part && worker->status > worst)
			worst = worker->status;
	return worst;
}

static enum error_kind kind_of(int status)
{
	switch (status) {
	case EXIT_INTERRUPTED:
		return ERROR_INTERRUPTED;
	case EXIT_TARGET:
		return ERROR_GONE;
	case EXIT_USAGE:
		return ERROR_USAGE;
	default:
		return ERROR_FAILED;
	}
}

static void worker_deinit(struct front_worker *worker)
{
	free(worker->spec);
	front_output_deinit(&worker->output);
}

static void remove_worker(struct front *front, struct front_worker *worker)
{
	struct front_worker *last = &front->workers.items[front->workers.count - 1];

	worker_deinit(worker);
	memmove(worker, worker + 1, (size_t)(last - worker) * sizeof(*worker));
	front->workers.count--;
	front->heading[FRONT_DATA] = front->heading[FRONT_MESSAGES] = NULL;
}

/* Those whose process has ended, or never was held. */
static void remove_ended(struct front *front)
{
	for (size_t i = front->workers.count; i-- > 0;)
		if (front->workers.items[i].ended)
			remove_worker(front, &front->workers.items[i]);
}

static struct error *set_text(struct front *front)
{
	size_t count = front->workers.count;
	char *text;

	if (asprintf(&text, "%zu process%s", count, count == 1 ? "" : "es") < 0)
		return &error_no_memory;
	free(front->session->target_text);
	front->session->target_text = text;
	return NULL;
}

static void destroy(struct front *front)
{
	ARRAY_FOR_EACH (worker, &front->workers)
		worker_deinit(worker);
	front_workers_deinit(&front->workers);
	free(front);
}

/* Lets all go at once, and waits for each. */
static void end_workers(struct front *front)
{
	uint64_t deadline = clock_monotonic() + END_DEADLINE;

	ARRAY_FOR_EACH (worker, &front->workers)
		if (!worker->ended)
			shutdown(worker->worker.control, SHUT_WR);
	ARRAY_FOR_EACH (worker, &front->workers) {
		while (!worker->ended && clock_monotonic() < deadline) {
			struct pollfd end = {worker->worker.messages, POLLIN, 0};

			/* Its pipe is closed when it has ended: whether it does is then known. */
			if (poll(&end, 1, POLL_MILLISECONDS) <= 0)
				continue;
			front_output_take(worker);
			if (end.revents == POLLHUP)
				break;
		}
		if (!worker->ended && clock_monotonic() >= deadline)
			kill(worker->worker.process, SIGKILL);
		close_worker(worker);
	}
}

static struct error *left_behind(int status)
{
	return error_create(kind_of(status), "not all processes could be let go of as they were");
}

struct error *front_end(struct session *session)
{
	struct front *front = TAKE_POINTER(session->front);
	int worst;

	front_output_begin(front);
	front->json = false;
	ARRAY_FOR_EACH (worker, &front->workers)
		begin(worker, !worker->ended);
	end_workers(front);
	front_output_print(front);
	worst = worst_status(front);
	destroy(front);
	free(TAKE_POINTER(session->target_text));
	return worst ? left_behind(worst) : NULL;
}

static struct error *start(struct front *front, const char *spec)
{
	static const struct worker_manner as_front = {0};
	struct front_worker added = {.working = true, .took_part = true, .spec = strdup(spec)};
	struct error *error = added.spec ? NULL : &error_no_memory;

	if (!error)
		error = front_workers_reserve(&front->workers, front->workers.count + 1);
	if (!error)
		error = worker_start(front->session, spec, &as_front, &added.worker);
	if (error)
		free(added.spec);
	else
		front->workers.items[front->workers.count++] = added;
	return error;
}

static struct error *none_left(struct session *session, int worst, size_t count)
{
	struct error *error = front_end(session);

	error_destroy(error);
	return error_create(
		kind_of(worst), "none of the %zu processes could be attached to", count);
}

struct error *front_create(struct session *session, const struct process_specs *specs)
{
	struct front *front = calloc(1, sizeof(*front));
	struct error *error = NULL;
	int worst;

	if (!front)
		return &error_no_memory;
	front->session = session;
	session->front = front;
	front->json = settings_number(&session->settings, SETTING_JSON);
	ARRAY_FOR_EACH (spec, specs)
		if (!error)
			error = start(front, *spec);
	if (!error)
		error = gather(front);
	if (error) {
		error_destroy(front_end(session));
		return error;
	}
	ARRAY_FOR_EACH (worker, &front->workers)
		if (worker->status)
			close_worker(worker);
	worst = worst_status(front);
	note_status(session, worst);
	remove_ended(front);
	if (!front->workers.count)
		return none_left(session, worst, specs->count);
	return set_text(front);
}

static bool is_named(const struct front_worker *worker, const struct arguments *named)
{
	bool found = !named->words.count;

	ARRAY_FOR_EACH (word, &named->words)
		found |= strcmp(*word, worker->spec) == 0;
	return found;
}

struct error *front_answer(struct session *session, const struct arguments *named)
{
	json_t *processes = json_array();

	ARRAY_FOR_EACH (worker, &session->front->workers) {
		const char *name = strchr(worker->latest.target, ' ');
		json_t *process = json_object();

		if (!is_named(worker, named)) {
			json_decref(process);
			continue;
		}
		json_put(&process, "pid", json_integer(worker->latest.pid));
		json_put(&process, "name", json_text(name ? name + 1 : worker->spec));
		json_add(&processes, process);
	}
	answer_put(session, "processes", processes);
	return NULL;
}

struct error *front_release(struct session *session, const char *pid)
{
	struct front *front = session->front;
	uint64_t number;

	ARRAY_FOR_EACH (worker, &front->workers) {
		if (strcmp(worker->spec, pid) != 0 &&
			(!parse_unsigned(pid, &number) || (int64_t)number != worker->latest.pid))
			continue;
		ARRAY_FOR_EACH (other, &front->workers)
			begin(other, other == worker);
		front_output_begin(front);
		front->json = false;
		struct front one = {.workers = {worker, 1, 1}};
		end_workers(&one);
		front_output_print(front);
		int status = worker->status;
		remove_worker(front, worker);
		if (!front->workers.count)
			return front_end(session);
		struct error *error = set_text(front);
		return error || !status ? error : left_behind(status);
	}
	return error_set_hint(
		error_create(ERROR_NOT_FOUND, "%s is none of the processes attached to", pid),
		"`threads` lists each with its number; `detach` lets all go");
}

/* Whether the arguments name files and no profile of the session: these are the same for all. */
static bool is_about_files(const struct arguments *arguments)
{
	bool files = false;

	ARRAY_FOR_EACH (word, &arguments->words) {
		if ((*word)[0] == '@')
			return false;
		files |= access(*word, R_OK) == 0;
	}
	return files;
}

bool front_takes(const struct session *session, const struct arguments *arguments)
{
	const struct command *command = arguments->command;

	if (!session->front || command->reach == REACH_SESSION)
		return false;
	return command->reach != REACH_FILES || !is_about_files(arguments);
}

static bool in_script(const struct session *session)
{
	return !session->interactive || session->script_depth;
}

/* At the prompt nothing is left out for what happened before. */
static void choose(struct front *front)
{
	bool all = !in_script(front->session) || front->session->keep_going;

	ARRAY_FOR_EACH (worker, &front->workers) {
		worker->stopped &= !all;
		begin(worker, !worker->stopped && !worker->ended);
	}
}

static struct error *send_all(
	struct front *front, const struct line_words *words, struct front_files *files)
{
	CLEANUP(cleanup_free) char *position = NULL;
	struct session *session = front->session;
	struct worker_request request = {.words = words};
	struct error *error = NULL;

	if (session->script_name &&
		asprintf(&position, "%s:%u", session->script_name, session->script_line) < 0)
		position = NULL;
	request.joint_path = files ? front_files_joint_path(files) : NULL;
	/* What a process has switched that takes no part in the rest of the script. */
	request.undo = session->script_name && !session->interactive && !session->keep_going;
	request.position = position ? position : "";
	request.color =
		session_wants_color(session, session->out) && session_wants_color(session, stderr);
	for (size_t i = 0; !error && i < front->workers.count; i++) {
		struct front_worker *worker = &front->workers.items[i];

		if (!worker->took_part)
			continue;
		if (files)
			error = front_files_words(files, i, &request.words);
		if (!error)
			error = worker_send(&worker->worker, &request);
		/* That it has ended is seen where its answer is waited for. */
		error = error_unless(error, ERROR_GONE);
		worker->working = !error;
	}
	return error;
}

static struct error *run_in_workers(
	struct front *front, const struct line_words *words, struct front_files *files)
{
	struct error *error = send_all(front, words, files), *other = gather(front);

	if (error) {
		error_destroy(other);
		return error;
	}
	if (other)
		return other;
	return files ? front_files_join(files, front) : NULL;
}

static struct error *interrupted(void)
{
	return error_create(ERROR_INTERRUPTED, "interrupted");
}

/* The worst as a script has it: what failed in a line of it is a script that failed. */
static struct error *conclude(struct front *front)
{
	struct session *session = front->session;
	bool script = session->script_name != NULL;
	int worst = worst_status(front);
	size_t left = 0;

	note_status(session, worst);
	ARRAY_FOR_EACH (worker, &front->workers) {
		worker->stopped |= script && worker->status;
		left += !worker->stopped;
	}
	remove_ended(front);
	struct error *error = front->workers.count ? set_text(front) : NULL;
	if (error)
		return error;
	if (worst == EXIT_INTERRUPTED)
		return interrupted();
	if (!front->workers.count) {
		error_destroy(front_end(session));
		return error_create(kind_of(worst), "no process is left");
	}
	if (left || session->keep_going || !script)
		return NULL;
	return error_create(kind_of(worst), "it failed in every process, so that the script ends");
}

/* Before any of them has run it, each of which answers for itself. */
static struct error *refuse(struct session *session, const struct arguments *arguments,
	const struct line_words *words, struct error *error)
{
	return answer_refusal(session, arguments->command->name, words->items, words->count, error);
}

void front_undo(struct session *session)
{
	const struct worker_request request = {.position = "", .undo = true};
	struct front *front = session->front;

	front_output_begin(front);
	front->json = false;
	ARRAY_FOR_EACH (worker, &front->workers) {
		begin(worker, !worker->ended);
		if (worker->ended)
			continue;
		struct error *error = worker_send(&worker->worker, &request);
		worker->working = !error;
		error_destroy(error);
	}
	error_destroy(gather(front));
}

struct error *front_run(
	struct session *session, const struct arguments *arguments, const struct line_words *words)
{
	struct front *front = session->front;
	struct front_files *files = NULL;
	struct error *error;

	if (arguments->command->reach == REACH_ONE)
		error = error_set_hint(error_create(ERROR_USAGE,
					       "`%s` is about one process, and %zu are attached to",
					       arguments->command->name, front->workers.count),
			"choose one: limpet -p %d %s", front->workers.items[0].latest.pid,
			arguments->command->name);
	else
		error = front_files_create(session, arguments, words, &files);
	if (error)
		return refuse(session, arguments, words, error);
	choose(front);
	front_output_begin(front);
	front->json = answer_wanted(session, arguments);
	error = run_in_workers(front, words, files);
	front_files_destroy(files);
	if (!error)
		return conclude(front);
	error_destroy(conclude(front));
	return error;
}
