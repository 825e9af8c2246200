#include "cli/serve_job.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/report.h"

#define RATE_DEFAULT     99
#define DURATION_DEFAULT (30 * NANOSECONDS_PER_SECOND)

static const char *const suffixes[HTTP_FORMATS] = {
	[HTTP_PPROF] = ".pb.gz",
	[HTTP_SVG] = ".svg",
	[HTTP_TEXT] = ".txt",
	[HTTP_HTML] = ".txt",
	[HTTP_OPEN_METRICS] = ".txt",
	[HTTP_RAW_HEAP] = ".heap",
};

struct serve_refusal serve_refusal(unsigned status, const char *format, ...)
{
	struct serve_refusal refusal = {.status = status};
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&refusal.text, format, arguments) < 0)
		refusal.text = NULL;
	va_end(arguments);
	return refusal;
}

void serve_refusal_deinit(struct serve_refusal *refusal)
{
	free(refusal->text);
	*refusal = (struct serve_refusal){0};
}

static uint64_t duration_of(const struct serve_job *job)
{
	return job->question.duration ? job->question.duration : DURATION_DEFAULT;
}

static unsigned rate_of(const struct serve_job *job)
{
	return job->question.rate ? job->question.rate : RATE_DEFAULT;
}

struct error *serve_job_create(
	enum serve_purpose purpose, struct http_question *question, struct serve_job **ret)
{
	struct serve_job *job = calloc(1, sizeof(*job));

	if (!job)
		return &error_no_memory;
	job->purpose = purpose;
	if (question) {
		job->question = *question;
		question->text = NULL;
	}
	job->asked = clock_monotonic();
	if (serve_job_is_capture(job))
		job->capture = schedule_capture_begin(duration_of(job), job->asked);
	*ret = job;
	return NULL;
}

void serve_job_destroy(struct serve_job *job)
{
	if (!job)
		return;
	ARRAY_FOR_EACH (part, &job->parts)
		unlink(*part);
	if (job->result)
		unlink(job->result);
	http_question_deinit(&job->question);
	owned_texts_free(&job->parts);
	owned_texts_free(&job->words);
	free(job->result);
	free(job->text);
	serve_refusal_deinit(&job->refusal);
	free(job);
}

enum serve_kind serve_job_kind(const struct serve_job *job)
{
	if (job->purpose == SERVE_FIGURES)
		return SERVE_KINDS;
	switch (job->question.subject) {
	case HTTP_PROFILE:
		return job->question.wall ? SERVE_WALL : SERVE_CPU;
	case HTTP_HEAP:
	case HTTP_ALLOCATIONS:
		return job->question.duration ? SERVE_HEAP_DELTA : SERVE_HEAP;
	case HTTP_STACKS:
		return SERVE_STACKS;
	default:
		return SERVE_KINDS;
	}
}

bool serve_job_is_capture(const struct serve_job *job)
{
	enum serve_kind kind = serve_job_kind(job);

	return kind == SERVE_CPU || kind == SERVE_WALL || kind == SERVE_HEAP_DELTA;
}

void serve_job_describe(const struct serve_job *job, char *text, size_t size)
{
	static const char *const names[HTTP_SUBJECTS] = {
		[HTTP_INDEX] = "index",
		[HTTP_METRICS] = "metrics",
		[HTTP_PROFILE] = "cpu",
		[HTTP_HEAP] = "heap",
		[HTTP_ALLOCATIONS] = "allocations",
		[HTTP_STACKS] = "stacks",
		[HTTP_COMMAND_LINE] = "command line",
		[HTTP_SYMBOL] = "symbols",
		[HTTP_ACTIVATE] = "heap profiler on",
		[HTTP_DEACTIVATE] = "heap profiler off",
	};
	const char *name = names[job->question.subject];
	double seconds = (double)duration_of(job) / NANOSECONDS_PER_SECOND;

	if (job->question.wall)
		name = "wall";
	if (!serve_job_is_capture(job)) {
		snprintf(text, size, "%s", name);
		return;
	}
	if (job->question.subject == HTTP_PROFILE)
		snprintf(text, size, "%s for %gs at %u Hz", name, seconds, rate_of(job));
	else
		snprintf(text, size, "%s for %gs", name, seconds);
}

/* The words of a command. */

static bool add_word(struct serve_job *job, const char *format, ...) FORMAT_PRINTF(2, 3);
static bool add_word(struct serve_job *job, const char *format, ...)
{
	va_list arguments;
	char *word;
	int length;

	va_start(arguments, format);
	length = vasprintf(&word, format, arguments);
	va_end(arguments);
	if (length < 0)
		return false;
	struct error *error = owned_texts_append(&job->words, word);
	if (!error)
		return true;
	error_destroy(error);
	free(word);
	return false;
}

/* Percent signs of the path stand for themselves: cli/output_name.h. */
static bool add_output(struct serve_job *job, const char *path)
{
	STRING_BUILDER(escaped);

	for (const char *c = path; *c; c++)
		string_append(&escaped, *c == '%' ? "%%" : (char[]){*c, '\0'});
	return add_word(job, "-o") && escaped.text && !escaped.failed &&
	       add_word(job, "%s", escaped.text);
}

static bool add_words(struct serve_job *job, const char *const *words)
{
	bool done = true;

	for (size_t i = 0; words[i]; i++)
		done &= add_word(job, "%s", words[i]);
	return done;
}

static bool slice_words(struct serve_job *job, uint64_t slice, const char *path)
{
	static const char *const cpu[] = {"cpu", "--json", "-n", "1", NULL};
	static const char *const record[] = {"heap", "record", "--json", "-n", "1", NULL};
	bool sampled = job->question.subject == HTTP_PROFILE;
	bool done = add_words(job, sampled ? cpu : record) && add_word(job, "-d") &&
		    add_word(job, "%llu.%09llu", slice / NANOSECONDS_PER_SECOND,
			    slice % NANOSECONDS_PER_SECOND);

	if (sampled)
		done &= add_word(job, "-r") && add_word(job, "%u", rate_of(job));
	if (job->question.wall)
		done &= add_word(job, "--wall");
	return done && add_output(job, path);
}

static bool wants_allocations(const struct serve_job *job)
{
	return job->question.subject == HTTP_ALLOCATIONS && job->accumulates;
}

/* Formats for people hold one value. */
static bool add_value_type(struct serve_job *job)
{
	if (!wants_allocations(job))
		return true;
	return add_word(job, "--sample-index") && add_word(job, "alloc_space");
}

static bool join_words(struct serve_job *job, const char *path)
{
	static const char *const convert[] = {"convert", "--json", NULL};
	bool done = add_words(job, convert);

	ARRAY_FOR_EACH (part, &job->parts)
		done = done && add_word(job, "%s", *part);
	return done && add_value_type(job) && add_output(job, path);
}

static bool heap_words(struct serve_job *job, const char *path)
{
	static const char *const dump[] = {"heap", "dump", "--json", "-n", "1", NULL};

	return add_words(job, dump) && add_value_type(job) && add_output(job, path);
}

static bool stacks_words(struct serve_job *job, const char *path)
{
	static const char *const text[] = {"stacks", NULL};
	static const char *const file[] = {"stacks", "--json", NULL};

	if (job->question.format == HTTP_TEXT)
		return add_words(job, text);
	return add_words(job, file) && add_output(job, path);
}

#define SYMBOL_SEPARATORS "+ \t\r\n"

bool serve_has_addresses(const struct http_question *question)
{
	const char *text = question->text ? question->text : "";

	return text[strspn(text, SYMBOL_SEPARATORS)];
}

/* "0x12+0x34"; what is no address is no word of it. */
static bool symbol_words(struct serve_job *job, const char *path)
{
	static const char *const symbol[] = {"symbol", "--json", NULL};
	const char *at = job->question.text ? job->question.text : "";
	bool done = add_words(job, symbol);
	size_t length;

	(void)path;
	for (; done && *(at += strspn(at, SYMBOL_SEPARATORS)); at += length) {
		length = strcspn(at, SYMBOL_SEPARATORS);
		done = add_word(job, "%.*s", (int)length, at);
	}
	return done;
}

static bool on_words(struct serve_job *job, const char *path)
{
	static const char *const words[] = {"heap", "on", "--json", NULL};

	(void)path;
	return add_words(job, words);
}

static bool off_words(struct serve_job *job, const char *path)
{
	static const char *const words[] = {"heap", "off", "--json", NULL};

	(void)path;
	return add_words(job, words);
}

static const struct {
	bool (*words)(struct serve_job *job, const char *path);
	bool writes;
} commands[HTTP_SUBJECTS] = {
	[HTTP_HEAP] = {heap_words, true},
	[HTTP_ALLOCATIONS] = {heap_words, true},
	[HTTP_STACKS] = {stacks_words, true},
	[HTTP_SYMBOL] = {symbol_words, false},
	[HTTP_ACTIVATE] = {on_words, false},
	[HTTP_DEACTIVATE] = {off_words, false},
};

static bool figures_words(struct serve_job *job)
{
	static const char *const stats[] = {"stats", "--json", NULL};
	static const char *const status[] = {"heap", "status", "--json", NULL};

	return add_words(job, job->step ? status : stats);
}

static bool no_memory(struct serve_job *job)
{
	serve_refusal_deinit(&job->refusal);
	job->refusal = serve_refusal(500, "out of memory");
	return false;
}

/* A file of the worker's that the command is to write, added to the parts or made the result. */
static char *new_file(struct serve_job *job, struct serve_worker *worker, bool part)
{
	char *path =
		serve_worker_new_path(worker, suffixes[part ? HTTP_PPROF : job->question.format]);
	struct error *error;

	if (!path || !part)
		return path ? job->result = path : NULL;
	error = owned_texts_append(&job->parts, path);
	if (!error)
		return path;
	error_destroy(error);
	free(path);
	return NULL;
}

static bool needs_join(const struct serve_job *job)
{
	return job->parts.count && !job->result && !job->left &&
	       (job->parts.count > 1 || job->question.format != HTTP_PPROF);
}

/* *ret_more: whether there is one. */
static bool capture_words(
	struct serve_job *job, struct serve_worker *worker, uint64_t now, bool *ret_more)
{
	uint64_t slice = job->left || job->ended ? 0 : schedule_slice(&job->capture, now);
	char *path;

	*ret_more = slice || needs_join(job);
	if (!*ret_more)
		return true;
	path = new_file(job, worker, slice > 0);
	if (!path)
		return false;
	if (!slice)
		return join_words(job, path);
	job->capture.since = now;
	if (!job->began)
		job->began = clock_wall();
	return slice_words(job, slice, path);
}

static bool command_words(struct serve_job *job, struct serve_worker *worker, bool *ret_more)
{
	enum http_subject subject = job->question.subject;
	char *path = NULL;

	*ret_more = !job->step && !job->left;
	if (!*ret_more)
		return true;
	if (commands[subject].writes &&
		(subject != HTTP_STACKS || job->question.format != HTTP_TEXT)) {
		path = new_file(job, worker, false);
		if (!path)
			return false;
	}
	return commands[subject].words(job, path);
}

/* Asks first whether there is one. */
static bool pushed_heap_words(struct serve_job *job, struct serve_worker *worker, bool *ret_more)
{
	static const char *const status[] = {"heap", "status", "--json", NULL};
	char *path;

	*ret_more = job->step == 0 || (job->step == 1 && job->active);
	if (!job->step)
		return add_words(job, status);
	if (!*ret_more)
		return true;
	path = new_file(job, worker, false);
	return path && heap_words(job, path);
}

bool serve_job_next(
	struct serve_job *job, struct serve_worker *worker, uint64_t now, struct line_words *ret)
{
	bool more = false, done;

	owned_texts_free(&job->words);
	if (job->refusal.status)
		return false;
	if (job->purpose == SERVE_PUSHES_HEAP)
		done = pushed_heap_words(job, worker, &more);
	else if (job->purpose == SERVE_FIGURES)
		done = !(more = job->step < 2) || figures_words(job);
	else if (serve_job_is_capture(job))
		done = capture_words(job, worker, now, &more);
	else
		done = command_words(job, worker, &more);
	if (!done)
		return no_memory(job);
	if (!more)
		return false;
	*ret = (struct line_words){job->words.items, job->words.count, job->words.capacity};
	return true;
}

/* What a command said. */

static unsigned status_of_kind(const char *kind)
{
	static const struct {
		const char *kind;
		unsigned status;
	} statuses[] = {
		{"usage", 400},
		{"not_found", 404},
		{"gone", 404},
		{"denied", 403},
		{"unsupported", 404},
	};

	for (size_t i = 0; kind && i < ARRAY_SIZE(statuses); i++)
		if (strcmp(kind, statuses[i].kind) == 0)
			return statuses[i].status;
	return 500;
}

/* "limpet: what happened\n  what to do" of a command that does not answer in JSON. */
static struct serve_refusal refusal_in_text(const struct serve_outcome *outcome)
{
	static const char prefix[] = "limpet: ";
	const char *text = outcome->messages, *hint;
	unsigned status = outcome->status == EXIT_TARGET  ? 404
			  : outcome->status == EXIT_USAGE ? 400
							  : 500;

	if (strncmp(text, prefix, sizeof(prefix) - 1) == 0)
		text += sizeof(prefix) - 1;
	hint = strstr(text, "\n  ");
	if (!*text)
		return serve_refusal(status, "the command failed and did not say why");
	return serve_refusal(status, "%.*s%s%.*s", (int)strcspn(text, "\n"), text, hint ? "; " : "",
		hint ? (int)strcspn(hint + 3, "\n") : 0, hint ? hint + 3 : "");
}

struct serve_refusal serve_refusal_of(const struct serve_outcome *outcome)
{
	const json_t *error = json_object_get(outcome->answer, "error");
	const char *message = json_string_value(json_object_get(error, "message"));
	const char *hint = json_string_value(json_object_get(error, "hint"));

	if (outcome->killed)
		return serve_refusal(500, "the limpet for the process was killed");
	if (!message)
		return refusal_in_text(outcome);
	return serve_refusal(status_of_kind(json_string_value(json_object_get(error, "kind"))),
		"%s%s%s", message, hint ? "; " : "", hint ? hint : "");
}

static bool is_there(const char *path)
{
	return access(path, R_OK) == 0;
}

static void drop_last_part(struct serve_job *job)
{
	free(job->parts.items[--job->parts.count]);
}

/* Of one that was interrupted before it began there is no file, and no harm done. */
static void take_slice(struct serve_job *job, struct serve_figures *figures,
	const struct serve_outcome *outcome, bool cut)
{
	const json_t *answer = outcome->answer;
	bool saved = job->parts.count && is_there(job->parts.items[job->parts.count - 1]);

	job->sampled += serve_number(answer, "elapsed_ns");
	schedule_slice_ended(&job->capture, serve_number(answer, "elapsed_ns"),
		cut && job->purpose == SERVE_ANSWERS);
	job->samples += serve_number(answer, "samples");
	if (job->question.subject == HTTP_PROFILE)
		serve_figures_add_capture(figures, answer);
	if (saved) {
		job->ended |= outcome->status != EXIT_DONE;
		return;
	}
	drop_last_part(job);
	if (cut && outcome->status == EXIT_INTERRUPTED)
		return;
	job->ended = true;
	if (!job->parts.count)
		job->refusal = serve_refusal_of(outcome);
}

/* A line an address, as gperftools' /pprof/symbol has it; functions inlined in one another by --.
 */
static void take_symbols(struct serve_job *job, const json_t *answer)
{
	const json_t *symbols = json_object_get(answer, "symbols");
	STRING_BUILDER(text);
	size_t index;
	json_t *symbol;

	string_append(&text, SERVE_SYMBOLS);
	json_array_foreach(symbols, index, symbol)
	{
		const json_t *frames = json_object_get(symbol, "frames");
		size_t frame, count = json_array_size(frames);

		if (!count)
			continue;
		string_append(&text, json_string_value(json_object_get(symbol, "address")));
		for (frame = 0; frame < count; frame++)
			string_append_format(&text, "%s%s", frame ? "--" : " ",
				json_string_value(json_object_get(
					json_array_get(frames, frame), "function")));
		string_append_char(&text, '\n');
	}
	error_destroy(string_builder_finish(&text, &job->text));
}

static void take_command(
	struct serve_job *job, struct serve_figures *figures, const struct serve_outcome *outcome)
{
	enum http_subject subject = job->question.subject;

	job->step++;
	if (outcome->status != EXIT_DONE) {
		job->refusal = serve_refusal_of(outcome);
		if (subject == HTTP_HEAP || subject == HTTP_ALLOCATIONS)
			serve_figures_take_status(figures, outcome->answer);
		return;
	}
	if (subject == HTTP_SYMBOL)
		take_symbols(job, outcome->answer);
	else if (subject == HTTP_STACKS && job->question.format == HTTP_TEXT)
		job->text = strdup(outcome->out);
	if (subject != HTTP_ACTIVATE && subject != HTTP_DEACTIVATE)
		return;
	job->text = strdup(subject == HTTP_ACTIVATE ? "the heap profiler is on\n"
						    : "the heap profiler is off\n");
	figures->profiler_known = true;
	figures->active = subject == HTTP_ACTIVATE;
}

static void take_pushed_heap(
	struct serve_job *job, struct serve_figures *figures, const struct serve_outcome *outcome)
{
	if (job->step++) {
		if (outcome->status != EXIT_DONE)
			job->refusal = serve_refusal_of(outcome);
		return;
	}
	serve_figures_take_status(figures, outcome->answer);
	job->active = figures->profiler_known && figures->active;
	job->began = clock_wall();
}

static void take_figures(
	struct serve_job *job, struct serve_figures *figures, const struct serve_outcome *outcome)
{
	const json_t *answer = outcome->status == EXIT_DONE ? outcome->answer : NULL;

	if (!job->step)
		serve_figures_take_stats(figures, answer);
	else
		serve_figures_take_status(figures, outcome->answer);
	job->step++;
	figures->asked_at = clock_monotonic();
}

void serve_job_take(struct serve_job *job, struct serve_figures *figures,
	const struct serve_outcome *outcome, bool cut)
{
	if (job->purpose == SERVE_PUSHES_HEAP)
		take_pushed_heap(job, figures, outcome);
	else if (job->purpose == SERVE_FIGURES)
		take_figures(job, figures, outcome);
	else if (!serve_job_is_capture(job))
		take_command(job, figures, outcome);
	else if (job->capture.since)
		take_slice(job, figures, outcome, cut);
	else if (outcome->status != EXIT_DONE && !job->left)
		job->refusal = serve_refusal_of(outcome);
}

enum serve_end serve_job_end(const struct serve_job *job)
{
	if (job->left)
		return SERVE_ABANDONED;
	if (job->refusal.status)
		return SERVE_FAILED;
	return job->ended || job->capture.left ? SERVE_CUT_SHORT : SERVE_COMPLETE;
}
