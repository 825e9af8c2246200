#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/process_options.h"
#include "cli/report.h"
#include "session/attachment.h"

#define LISTED_MAX 16

static const struct command_option options[] = {
	PROCESS_OPTIONS,
	{.name = "all", .letter = 'a', .help = "list every thread"},
	{0},
};

/* What was found out. */
struct examination {
	struct attachment *attachment;              /* borrowed */
	const struct jemalloc_instances *instances; /* borrowed */
	struct error *refusal; /* why there can be no calls at all; NULL: see the survey */
	struct call_survey survey;
	struct leftovers leftovers;
};

static void examination_deinit(struct examination *examination)
{
	error_destroy(examination->refusal);
	call_survey_deinit(&examination->survey);
}

static bool is_about_the_process(const struct error *error)
{
	return error->kind == ERROR_UNSUPPORTED || error->kind == ERROR_DENIED;
}

static struct error *survey(struct examination *examination)
{
	struct caller *caller = examination->attachment->caller;
	struct error *error = caller_attach(caller);

	if (!error)
		error = caller_leftovers(caller, &examination->leftovers);
	if (!error)
		error = caller_survey(caller, &examination->survey);
	if (!error || !is_about_the_process(error))
		return error;
	examination->refusal = error;
	return NULL;
}

static struct error *examine(struct session *session, struct examination *ret)
{
	struct error *error = session_attachment(session, &ret->attachment);

	if (!error)
		error = attachment_instances(ret->attachment, &ret->instances);
	return error ? error : survey(ret);
}

static void print_error(FILE *out, const struct error *error)
{
	print_text(out, error->message);
	fputc('\n', out);
	if (!error->hint)
		return;
	fputs("             ", out);
	print_text(out, error->hint);
	fputc('\n', out);
}

static void print_check(FILE *out, const char *label, const struct error *error, const char *good)
{
	fprintf(out, "%-12s ", label);
	if (error)
		print_error(out, error);
	else
		fprintf(out, "%s\n", good);
}

static const char *judgement(const struct surveyed_thread *thread)
{
	if (!thread->looked_at && !thread->refusal)
		return "not looked at: there are too many";
	return thread->refusal ? thread_refusal_text(thread->refusal) : "can be borrowed";
}

static void print_threads(FILE *out, const struct call_survey *survey, bool all)
{
	size_t shown = 0;

	fprintf(out, "%-12s %zu of %zu can be borrowed now\n", "threads", survey->usable,
		survey->threads.count);
	ARRAY_FOR_EACH (thread, &survey->threads) {
		if (!all && shown++ == LISTED_MAX) {
			fprintf(out, "             and %zu more: doctor --all\n",
				survey->threads.count - LISTED_MAX);
			break;
		}
		fprintf(out, "    %8d ", thread->id);
		print_text(out, thread->name);
		fprintf(out, ": %s\n", judgement(thread));
	}
}

static void print_jemalloc(FILE *out, const struct jemalloc_instances *instances)
{
	if (!instances->count)
		fprintf(out,
			"%-12s none found: `heap`, `ctl` and `stats` have nothing to talk to, "
			"`cpu` works without\n",
			"jemalloc");
	ARRAY_FOR_EACH (instance, instances) {
		fprintf(out, "%-12s ", "jemalloc");
		print_text(out, instance->path);
		fputs(": `heap status` tells of its profiler\n", out);
	}
}

static void print_examination(FILE *out, const struct examination *examination, bool all)
{
	const struct call_survey *survey = &examination->survey;
	const struct leftovers *leftovers = &examination->leftovers;

	fprintf(out, "%-12s permitted: `cpu` works\n", "tracing");
	print_jemalloc(out, examination->instances);
	if (examination->refusal) {
		print_check(out, "calls", examination->refusal, "");
		return;
	}
	print_check(out, "own thread", survey->own,
		"possible: calls hold up no thread of the program, but one to start it");
	print_check(out, "borrowed", survey->borrowed,
		"possible: a thread of the program can make short calls itself");
	print_threads(out, survey, all);
	if (leftovers->area_count + leftovers->descriptor_count)
		fprintf(out,
			"%-12s %zu areas of memory, %zu descriptors of a limpet that is gone; the "
			"next call takes them away\n",
			"left over", leftovers->area_count, leftovers->descriptor_count);
}

static json_t *error_json(const struct error *error)
{
	if (!error)
		return json_null();
	return json_pack(
		"{s:o, s:o}", "message", json_text(error->message), "hint", json_text(error->hint));
}

static json_t *threads_json(const struct call_survey *survey)
{
	json_t *array = json_array();

	ARRAY_FOR_EACH (thread, &survey->threads)
		json_add(&array, json_pack("{s:i, s:o, s:b, s:s}", "id", (int)thread->id, "name",
					 json_text(thread->name), "usable",
					 thread->looked_at && !thread->refusal, "judgement",
					 judgement(thread)));
	return array;
}

static json_t *examination_json(const struct examination *examination)
{
	const struct call_survey *survey = &examination->survey;

	return json_pack("{s:i, s:I, s:o, s:o, s:o, s:I, s:o, s:o}", "pid",
		(int)examination->attachment->target->identity.pid, "jemallocs",
		(json_int_t)examination->instances->count, "refusal",
		error_json(examination->refusal), "own_thread_refusal", error_json(survey->own),
		"borrowed_refusal", error_json(survey->borrowed), "usable_threads",
		(json_int_t)survey->usable, "threads", threads_json(survey), "left_over",
		json_leftovers(&examination->leftovers));
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(examination_deinit) struct examination examination = {0};
	struct error *error = examine(session, &examination);

	if (error)
		return error;
	if (session->json)
		return answer_put_all(session, examination_json(&examination));
	print_examination(session->out, &examination, arguments_has(arguments, "all"));
	return NULL;
}

const struct command command_doctor = {
	.name = "doctor",
	.group = GROUP_PROCESS,
	.usage = "[--all]",
	.summary = "what works here and what does not, and why",
	.description =
		"Whether limpet may trace the process, whether there is a jemalloc, whether calls "
		"are possible, in which way, and what speaks against borrowing each thread for "
		"one. Nothing is changed; threads that wait are stopped for a look at their "
		"stacks, each once, for microseconds.",
	.examples = (const char *const[]){"doctor", "doctor --json", NULL},
	.options = options,
	.repeatable = true,
	.prints_json = true,
	.run = run,
};
