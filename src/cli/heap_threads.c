#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/quantity.h"
#include "cli/answer.h"
#include "cli/heap_request.h"
#include "cli/json.h"
#include "cli/report.h"
#include "jemalloc/threads.h"

#define PATIENCE_FOR_TABLE NANOSECONDS_PER_SECOND
#define PATIENCE_TO_WAKE   (2 * NANOSECONDS_PER_SECOND)

static const struct mallctl_value *known(
	const struct jemalloc_thread *thread, enum thread_value value)
{
	return thread->values[value].result ? NULL : &thread->values[value].value;
}

static size_t count_asked(const struct jemalloc_threads *threads)
{
	size_t asked = 0;

	ARRAY_FOR_EACH (thread, threads)
		asked += !thread->refusal;
	return asked;
}

static void print_padded(FILE *out, const char *text, int width)
{
	int length = (int)strlen(text);

	print_text(out, text);
	fprintf(out, "%*s", length < width ? width - length : 0, "");
}

static void print_amount(FILE *out, const struct mallctl_value *value)
{
	char text[QUANTITY_SIZE];

	fprintf(out, "%13s", value ? format_bytes((double)value->number, text) : "-");
}

static void print_thread(FILE *out, const struct jemalloc_thread *thread)
{
	const struct mallctl_value *active = known(thread, THREAD_ACTIVE);
	const struct mallctl_value *name = known(thread, THREAD_NAME);

	fprintf(out, "%8d  ", thread->id);
	print_padded(out, thread->name, sizeof(thread->name));
	if (thread->refusal) {
		fprintf(out, "  not asked: %s\n", thread_refusal_text(thread->refusal));
		return;
	}
	print_amount(out, known(thread, THREAD_ALLOCATED));
	print_amount(out, known(thread, THREAD_DEALLOCATED));
	fprintf(out, "  %s", !active ? "-" : active->boolean ? "yes" : "no");
	if (name && name->text && name->text[0]) {
		fputs(active && active->boolean ? "      " : "       ", out);
		print_text(out, name->text);
	}
	fputc('\n', out);
}

static void print_table(FILE *out, const struct jemalloc_threads *threads)
{
	fprintf(out, "%8s  %-16s%13s%13s  %-7s  %s\n", "THREAD", "NAME", "ALLOCATED", "DEALLOCATED",
		"SAMPLED", "NAME IN DUMPS");
	ARRAY_FOR_EACH (thread, threads)
		print_thread(out, thread);
	fprintf(out, "asked %zu of %zu threads\n", count_asked(threads), threads->count);
}

static json_t *value_json(const struct jemalloc_thread *thread, enum thread_value value)
{
	const struct mallctl_value *told = known(thread, value);

	return told ? json_mallctl_value(told) : json_null();
}

static struct error *answer(struct session *session, const struct jemalloc_threads *threads)
{
	json_t *array = json_array();

	ARRAY_FOR_EACH (thread, threads)
		json_add(&array,
			json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "id", (int)thread->id,
				"name", json_text(thread->name), "refusal",
				json_text(thread->refusal ? thread_refusal_text(thread->refusal)
							  : NULL),
				"allocated", value_json(thread, THREAD_ALLOCATED), "deallocated",
				value_json(thread, THREAD_DEALLOCATED), "active",
				value_json(thread, THREAD_ACTIVE), "name_in_dumps",
				value_json(thread, THREAD_NAME)));
	return answer_put_all(session, json_pack("{s:o, s:I}", "threads", array, "asked",
					       (json_int_t)count_asked(threads)));
}

struct error *heap_list_threads(struct heap_request *request)
{
	const struct profiler_status *status = &request->status;
	CLEANUP(jemalloc_threads_free) struct jemalloc_threads threads = {0};
	/* A record that is made while the profiler is off could not be made anew when it is on. */
	bool makes_deaf = status->wait == SAMPLE_WAIT_LOST && !status->active;
	struct error *error = jemalloc_threads_read(&request->jemalloc, request->attachment->target,
		status->enabled && !makes_deaf, PATIENCE_FOR_TABLE, &threads);

	if (error)
		return error;
	if (request->session->json)
		error = answer(request->session, &threads);
	else
		print_table(request->session->out, &threads);
	if (!error && status->enabled && makes_deaf)
		report(request->session,
			"threads of this jemalloc (%s) are not asked whether they are sampled "
			"while its profiler is off: those that were would not be sampled later",
			status->version);
	return error;
}

/* Of the others no sample can be missed. */
static bool allocates(const struct jemalloc_thread *thread)
{
	return thread->refusal != REFUSAL_EXITED && thread->refusal != REFUSAL_LIMPET &&
	       thread->refusal != REFUSAL_ALLOCATOR_THREAD;
}

static void report_woken(const struct heap_request *request, const struct jemalloc_threads *threads)
{
	size_t asked = count_asked(threads), missed = 0;

	ARRAY_FOR_EACH (thread, threads)
		missed += thread->refusal && allocates(thread);
	report(request->session,
		"this jemalloc (%s) never again samples a thread that comes to a sample while the "
		"profiler is off: %zu of %zu threads were set going again",
		request->status.version, asked, asked + missed);
	if (missed)
		report(request->session,
			"%zu could not be borrowed, `heap threads` says why: what they allocate "
			"may not be sampled until `heap on` has reached them, too",
			missed);
}

struct error *heap_wake_threads(struct heap_request *request)
{
	CLEANUP(jemalloc_threads_free) struct jemalloc_threads threads = {0};
	struct error *error;

	if (request->status.wait != SAMPLE_WAIT_LOST)
		return NULL;
	error = jemalloc_threads_read(
		&request->jemalloc, request->attachment->target, true, PATIENCE_TO_WAKE, &threads);
	if (!error) {
		report_woken(request, &threads);
		return NULL;
	}
	if (error->kind != ERROR_UNSUPPORTED)
		return error;
	report(request->session,
		"this jemalloc (%s) may not sample threads that allocated while the profiler was "
		"off, and they could not be set going: %s",
		request->status.version, error->message);
	error_destroy(error);
	return NULL;
}
