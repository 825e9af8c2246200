#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/quantity.h"
#include "cli/serve_internal.h"
#include "cli/serve_metrics.h"
#include "http/page.h"
#include "target/live.h"
#include "target/live_figures.h"
#include "target/proc.h"

/* Of a server that has ended nobody waits for an answer. */
static void answer(struct serve *serve, uint64_t id, const struct http_answer *made)
{
	struct error *error = serve->http ? http_server_answer(serve->http, id, made) : NULL;

	serve->answered++;
	serve->failed += made->status >= 500;
	error_destroy(error);
}

void serve_answer_text(struct serve *serve, const struct http_question *question,
	enum http_format format, const char *text)
{
	const struct http_answer made = {.status = 200, .format = format, .text = text, .body = -1};

	answer(serve, question->id, &made);
}

void serve_refuse(struct serve *serve, const struct http_question *question,
	const struct serve_refusal *refusal)
{
	const struct http_answer made = {
		.status = refusal->status,
		.format = HTTP_TEXT,
		.text = refusal->text ? refusal->text : "out of memory",
		.body = -1,
		.retry_after = refusal->retry_after,
	};

	answer(serve, question->id, &made);
}

static void answer_file(
	struct serve *serve, const struct http_question *question, int file, const char *file_name)
{
	const struct http_answer made = {.status = 200,
		.format = question->format,
		.body = file,
		.file_name = question->format == HTTP_PPROF || question->format == HTTP_RAW_HEAP
				     ? file_name
				     : NULL};

	answer(serve, question->id, &made);
}

static const char *file_name_of(const struct serve_job *job)
{
	static const char *const names[SERVE_KINDS + 1] = {
		[SERVE_CPU] = "profile",
		[SERVE_WALL] = "wall",
		[SERVE_HEAP] = "heap",
		[SERVE_HEAP_DELTA] = "heap",
		[SERVE_STACKS] = "stacks",
	};

	if (job->question.subject == HTTP_ALLOCATIONS)
		return "allocs";
	return names[serve_job_kind(job)];
}

/* What the log says of an answer that went well. */
static void describe_file(const struct serve_job *job, int file, char *text, size_t size)
{
	struct stat status = {0};
	char bytes[QUANTITY_SIZE];

	fstat(file, &status);
	format_bytes((double)status.st_size, bytes);
	if (job->question.subject == HTTP_PROFILE)
		snprintf(text, size, "%" PRIu64 " samples, %s%s%s", job->samples, bytes,
			job->parts.count > 1 ? ", in parts" : "",
			job->ended ? "; the process ended" : "");
	else
		snprintf(text, size, "%s%s", bytes, job->ended ? "; the process ended" : "");
}

static void log_answer(const struct serve *serve, const struct served *served,
	const struct serve_job *job, unsigned status, const char *details)
{
	char text[64], what[96], elapsed[QUANTITY_SIZE];

	served_text(served, text);
	serve_job_describe(job, what, sizeof(what));
	format_duration((double)(clock_monotonic() - job->asked), elapsed);
	if (status >= 500)
		serve_complain(serve, "%s: %s: %u: %s", text, what, status, details);
	else
		serve_log(serve, "%s: %s: %u: %s, in %s", text, what, status, details, elapsed);
}

static void answer_job(struct serve *serve, struct served *served, struct serve_job *job)
{
	const char *path = job->result        ? job->result
			   : job->parts.count ? job->parts.items[0]
					      : NULL;
	CLEANUP(cleanup_close) int file = -1;
	char details[96];

	if (!job->refusal.status && !job->text) {
		file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
		if (file < 0)
			job->refusal = serve_refusal(500, "what was made of it cannot be read: %s",
				strerror(path ? errno : ENOENT));
	}
	if (job->refusal.status) {
		serve_refuse(serve, &job->question, &job->refusal);
		log_answer(serve, served, job, job->refusal.status,
			job->refusal.text ? job->refusal.text : "");
		return;
	}
	if (job->text) {
		serve_answer_text(serve, &job->question, HTTP_TEXT, job->text);
		log_answer(serve, served, job, 200, "done");
		return;
	}
	describe_file(job, file, details, sizeof(details));
	answer_file(serve, &job->question, file, file_name_of(job));
	log_answer(serve, served, job, 200, details);
}

void serve_finish(struct serve *serve, struct served *served, struct serve_job *job)
{
	enum serve_kind kind = serve_job_kind(job);

	if (job->purpose == SERVE_PUSHES || job->purpose == SERVE_PUSHES_HEAP)
		serve_push_job(serve, served, job);
	else if (job->purpose == SERVE_ANSWERS && !job->left)
		answer_job(serve, served, job);
	else if (job->purpose == SERVE_ANSWERS)
		log_answer(serve, served, job, 499, "the client has gone");
	if (kind < SERVE_KINDS && (job->purpose != SERVE_PUSHES_HEAP || job->result))
		served->figures.captures[kind][serve_job_end(job)]++;
	serve_job_destroy(job);
}

void serve_answer_command_line(
	struct serve *serve, struct served *served, const struct http_question *question)
{
	CLEANUP(cleanup_close) int file = memfd_create("limpet-answer", MFD_CLOEXEC);
	CLEANUP(u8_array_deinit) struct u8_array line = {0};
	pid_t task = 0;
	struct error *error;

	(void)proc_find_living(served->identity.pid, &task);
	error = proc_read(served->identity.pid, task, "cmdline", &line);
	/* Joined by NULs, as Go's is: the last one has none behind it. */
	while (line.count && !line.items[line.count - 1])
		line.count--;
	if (!error && file < 0)
		error = error_from_errno(errno, "cannot make a file in memory");
	if (!error)
		error = write_all(file, line.items, line.count);
	if (!error) {
		answer_file(serve, question, file, NULL);
		return;
	}
	struct serve_refusal refusal = serve_refusal(404, "%s", error->message);
	serve_refuse(serve, question, &refusal);
	serve_refusal_deinit(&refusal);
	error_destroy(error);
}

/* The page. */

static char *read_command(pid_t pid)
{
	CLEANUP(u8_array_deinit) struct u8_array line = {0};
	pid_t task = 0;

	(void)proc_find_living(pid, &task);
	error_destroy(proc_read(pid, task, "cmdline", &line));
	for (size_t i = 0; i < line.count; i++)
		if (!line.items[i])
			line.items[i] = ' ';
	return strndup(line.count ? (const char *)line.items : "", line.count);
}

/* What can be said of its heap without asking it. */
static const char *heap_note(const struct served *served)
{
	const struct serve_figures *figures = &served->figures;

	if (figures->refusal)
		return figures->refusal;
	return "";
}

static void describe_doing(const struct served *served, char *text, size_t size)
{
	text[0] = '\0';
	if (served->capture)
		serve_job_describe(served->capture, text, size);
}

#define DOING_SIZE 96

static void fill_row(struct served *served, struct http_page_process *row, char *doing)
{
	uint64_t cpu_time;

	served_look(served, &row->resident, &cpu_time);
	describe_doing(served, doing, DOING_SIZE);
	row->pid = served->identity.pid;
	row->name = served->identity.name;
	row->command = read_command(served->identity.pid);
	if (!row->command)
		row->command = strdup("");
	row->cpu = served->cpu;
	row->heap = heap_note(served);
	row->heap_active = served->figures.profiler_known && served->figures.active;
	row->problem = "";
	row->doing = doing;
}

struct page_rows {
	struct http_page_process *rows;
	char (*doing)[DOING_SIZE];
	size_t count;
};

static void rows_deinit(struct page_rows *page)
{
	for (size_t i = 0; i < page->count; i++)
		free((char *)(uintptr_t)page->rows[i].command);
	free(page->rows);
	free(page->doing);
}

/* No address that others could use. */
static bool is_anywhere(const char *url)
{
	return strstr(url, "//0.0.0.0:") || strstr(url, "//[::]:");
}

void serve_answer_index(struct serve *serve, const struct http_question *question)
{
	size_t count = serve->processes.count;
	CLEANUP(rows_deinit)
	struct page_rows page = {
		.rows = calloc(count + 1, sizeof(*page.rows)),
		.doing = calloc(count + 1, sizeof(*page.doing)),
	};
	STRING_BUILDER(text);

	if (page.rows && page.doing)
		ARRAY_FOR_EACH (one, &serve->processes)
			if (!(*one)->ended) {
				fill_row(*one, &page.rows[page.count], page.doing[page.count]);
				page.count++;
			}
	const struct http_page shown = {
		.processes = page.rows,
		.count = page.count,
		.only_one = serve->only,
		.version = LIMPET_VERSION,
		.url = is_anywhere(serve->url) ? NULL : serve->url,
		.needs_token = serve->options->http.token_file != NULL,
		.note = page.count ? "" : "no process is there to be served now",
	};
	http_page_render(&shown, &text);
	serve_answer_text(serve, question, HTTP_HTML, text.text ? text.text : "");
}

/* Metrics. */

static void add_process(pid_t pid, struct metrics *metrics)
{
	uint64_t tick = NANOSECONDS_PER_SECOND / (uint64_t)sysconf(_SC_CLK_TCK);
	struct target_figures figures = {0};
	struct proc_stat stat;
	struct error *error = proc_read_stat(pid, 0, &stat);

	if (!error) {
		metrics->own_cpu_time += (stat.user_time + stat.system_time) * tick;
		metrics->own_processes++;
		error = live_read_figures(pid, false, &figures);
		metrics->own_resident += figures.resident;
	}
	error_destroy(error);
}

static void look_at_own(struct metrics *metrics)
{
	CLEANUP(u32_array_deinit) struct u32_array pids = {0};
	struct error *error = live_target_find_descendants(getpid(), &pids);

	add_process(getpid(), metrics);
	ARRAY_FOR_EACH (pid, &pids)
		add_process((pid_t)*pid, metrics);
	error_destroy(error);
}

void serve_answer_metrics(struct serve *serve, const struct http_question *question)
{
	size_t count = serve->processes.count;
	CLEANUP(cleanup_free)
	struct metrics_process *processes = calloc(count + 1, sizeof(*processes));
	struct metrics metrics = {.processes = processes, .version = LIMPET_VERSION};
	STRING_BUILDER(text);

	for (size_t i = 0; processes && i < count; i++) {
		struct served *served = serve->processes.items[i];
		struct metrics_process *to = &processes[metrics.count];

		if (served->ended)
			continue;
		to->pid = served->identity.pid;
		to->name = served->identity.name;
		to->figures = served->used ? &served->figures : NULL;
		served_look(served, &to->resident, &to->cpu_time);
		metrics.count++;
	}
	if (serve->http)
		http_server_counts(serve->http, &metrics.http);
	metrics.pushes = serve->options->push.options.url != NULL;
	serve_push_counts(serve, &metrics.push);
	look_at_own(&metrics);
	metrics_write(&metrics, &text);
	serve_answer_text(serve, question, HTTP_OPEN_METRICS, text.text ? text.text : "");
}
