#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/answer.h"
#include "cli/color.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/doctor.h"
#include "cli/json.h"
#include "cli/process_options.h"
#include "cli/report.h"

#define LISTED_MAX 16

static const struct command_option options[] = {
	TARGET_OPTIONS,
	{.name = "all", .letter = 'a', .help = "list every thread"},
	{.name = "no-calls", .help = "do not ask jemalloc about its profiler"},
	{0},
};

static const struct state_text {
	const char *word;
	enum color color;
} state_texts[] = {
	[CHECK_OK] = {"ok", COLOR_GOOD},
	[CHECK_WARN] = {"warn", COLOR_WARNING},
	[CHECK_NO] = {"no", COLOR_ERROR},
	[CHECK_UNKNOWN] = {"unknown", COLOR_UNKNOWN},
};

/* The lines of an error's message are limpet's own. */
static void print_lines(FILE *out, const char *text)
{
	struct cursor rest = cursor_over(text, strlen(text)), line;

	for (bool first = true; cursor_take_line(&rest, &line); first = false) {
		CLEANUP(cleanup_free) char *copy = strndup(line.at, cursor_left(&line));

		fprintf(out, "%*s", first ? 0 : 20, "");
		print_text(out, copy ? copy : "");
		fputc('\n', out);
	}
}

static void print_finding(FILE *out, const struct finding *finding, bool color)
{
	const struct state_text *state = &state_texts[finding->state];

	fprintf(out, "%s%-7s%s %-11s ", color_begin(color, state->color), state->word,
		color_begin(color, COLOR_NONE), finding->check->name);
	print_lines(out, finding->found);
	if (!finding->remedy)
		return;
	fprintf(out, "%20sremedy: ", "");
	print_lines(out, finding->remedy);
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

	if (survey->threads.count)
		fputs("\nThreads, and whether they can be borrowed for a call\n", out);
	ARRAY_FOR_EACH (thread, &survey->threads) {
		if (!all && shown++ == LISTED_MAX) {
			fprintf(out, "         and %zu more: doctor --all\n",
				survey->threads.count - LISTED_MAX);
			break;
		}
		fprintf(out, "%8d ", thread->id);
		print_text(out, thread->name);
		fprintf(out, ": %s\n", judgement(thread));
	}
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

static void answer_survey(struct session *session, const struct diagnosis *diagnosis)
{
	const struct call_survey *survey = &diagnosis->survey;

	answer_put(session, "jemallocs", json_integer((json_int_t)diagnosis->instances->count));
	answer_put(session, "refusal", error_json(diagnosis->call_refusal));
	answer_put(session, "own_thread_refusal", error_json(survey->own));
	answer_put(session, "borrowed_refusal", error_json(survey->borrowed));
	answer_put(session, "usable_threads", json_integer((json_int_t)survey->usable));
	answer_put(session, "threads", threads_json(survey));
	answer_put(session, "left_over", json_leftovers(&diagnosis->leftovers));
}

static void answer(
	struct session *session, const struct diagnosis *diagnosis, const struct findings *findings)
{
	json_t *array = json_array();

	ARRAY_FOR_EACH (finding, &findings->items)
		json_add(&array,
			json_pack("{s:s, s:s, s:o, s:o}", "check", finding->check->name, "state",
				state_texts[finding->state].word, "found",
				json_text(finding->found), "remedy", json_text(finding->remedy)));
	answer_put(session, "works", json_boolean(findings_are_well(findings)));
	answer_put(session, "checks", array);
	answer_put(session, "pid",
		diagnosis->attachment ? json_integer(diagnosis->attachment->target->identity.pid)
		: diagnosis->is_there ? json_integer(diagnosis->process.pid)
				      : json_null());
	if (diagnosis->attachment)
		answer_survey(session, diagnosis);
}

/* What is needed and does not work makes the exit status 1, and is no error: it was found out. */
static struct error *tell(struct session *session, const struct arguments *arguments,
	const struct diagnosis *diagnosis)
{
	CLEANUP(findings_deinit) struct findings findings = {0};
	bool color = session_wants_color(session, session->out);
	struct error *error = doctor_examine(diagnosis, &findings);

	if (error)
		return error;
	if (!findings_are_well(&findings) && !session->failure)
		session->failure = EXIT_COMMAND_FAILED;
	if (session->json) {
		answer(session, diagnosis, &findings);
		return NULL;
	}
	ARRAY_FOR_EACH (finding, &findings.items)
		print_finding(session->out, finding, color);
	print_threads(session->out, &diagnosis->survey, arguments_has(arguments, "all"));
	return NULL;
}

static struct error *examine(struct session *session, const struct arguments *arguments,
	const char *word, struct error *refusal)
{
	CLEANUP(diagnosis_deinit) struct diagnosis diagnosis = {.refusal = refusal};
	struct error *error = doctor_gather(session, word, session->attachment,
		!arguments_has(arguments, "no-calls"), &diagnosis);

	return error ? error : tell(session, arguments, &diagnosis);
}

/* The session's own process stays what commands are about. */
static struct error *examine_other(
	struct session *session, const struct arguments *arguments, const char *word)
{
	struct attachment *former = session->attachment;
	char *former_text = session->target_text;
	struct error *refusal, *error, *end;

	session->attachment = NULL;
	session->target_text = NULL;
	refusal = isdigit((unsigned char)word[0]) ? session_attach_pid(session, word)
						  : session_attach_name(session, word);
	error = examine(session, arguments, word, refusal);
	end = session_detach(session);
	session->attachment = former;
	session->target_text = former_text;
	if (!error)
		return end;
	error_destroy(end);
	return error;
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	const char *word = arguments_word(arguments, 0);
	char pid[16];

	if (!word && !session->attachment)
		word = session->wanted;
	if (word)
		return examine_other(session, arguments, word);
	if (!session->attachment)
		return examine(session, arguments, NULL, NULL);
	snprintf(pid, sizeof(pid), "%d", session->attachment->target->identity.pid);
	return examine(session, arguments, pid, NULL);
}

const struct command command_doctor = {
	.name = "doctor",
	.group = GROUP_PROCESS,
	.usage = "[PID|NAME] [--all] [--no-calls]",
	.summary = "what works here and what does not, and what would help",
	.description =
		"A row for each thing that limpet depends on: ok, warn (works, but not in full), "
		"no, or unknown; what was found; and the remedy, to be typed. The machine: kernel, "
		"limpet's rights, Yama, seccomp, containers, security modules, disk, limits. The "
		"process that is attached, or PID or NAME, which need not be one that limpet can "
		"attach to: whether it may be traced, or who does, its namespaces, symbols and "
		"debug information of its largest files, code made at run time; its jemalloc and "
		"the profiler of that, or which allocator it has instead; whether calls are "
		"possible, in which way, and what speaks against borrowing each thread for one.\n\n"
		"Nothing of the program's is changed. Threads that wait are stopped for a look at "
		"their stacks, each once, for microseconds; jemalloc is asked as `heap status` "
		"does it, by a call that leaves nothing behind, unless --no-calls says not to.\n\n"
		"The exit status is 1 where something does not work without which nothing does: "
		"kernel, seccomp, process, tracing. What other commands depend on is told by the "
		"rows, and does not count.",
	.examples = (const char *const[]){"doctor", "doctor redis-server", "doctor 1234 --no-calls",
		"doctor --json", NULL},
	.options = options,
	.maximum = 1,
	.repeatable = true,
	.prints_json = true,
	.run = run,
	.complete = complete_processes,
};
