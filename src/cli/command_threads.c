#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "arch/system_calls.h"
#include "base/quantity.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/process_options.h"
#include "cli/json.h"
#include "cli/report.h"
#include "session/attachment.h"
#include "target/thread_wait.h"

static const struct command_option options[] = {
	TARGET_OPTIONS,
	{0},
};

static int by_cpu_time(const void *left, const void *right)
{
	const struct thread *a = left, *b = right;

	if (a->cpu_time != b->cpu_time)
		return a->cpu_time < b->cpu_time ? 1 : -1;
	return (a->id > b->id) - (a->id < b->id);
}

static void print_wait(FILE *out, struct target *target, const struct thread_status *status)
{
	int64_t number =
		thread_wait_system_call(target, status->system_call, status->program_counter);
	const char *call = system_call_name(number);

	if (call)
		fprintf(out, "  %s", call);
	else if (number >= 0)
		fprintf(out, "  system call %" PRId64, number);
}

static void print_thread(
	struct session *session, struct target *target, const struct thread *thread)
{
	char time[QUANTITY_SIZE];
	struct thread_status status;

	if (!target_thread_status(target, thread->id, &status))
		return;
	fprintf(session->out, "%8d  %c  %10s  ", thread->id, status.state,
		format_duration((double)thread->cpu_time, time));
	print_text(session->out, status.name);
	print_wait(session->out, target, &status);
	fputc('\n', session->out);
}

static json_t *thread_json(struct target *target, const struct thread *thread)
{
	struct thread_status status;

	if (!target_thread_status(target, thread->id, &status))
		return NULL;
	int64_t number =
		thread_wait_system_call(target, status.system_call, status.program_counter);
	const char state[] = {status.state, '\0'};
	json_t *object = json_object();

	json_put(&object, "id", json_integer(thread->id));
	json_put(&object, "name", json_text(status.name));
	json_put(&object, "state", json_text(state));
	json_put(&object, "cpu_ns", json_integer((json_int_t)thread->cpu_time));
	json_put(&object, "system_call", json_text(system_call_name(number)));
	json_put(&object, "system_call_number", number < 0 ? json_null() : json_integer(number));
	return object;
}

/* One that is gone by now is left out. */
static struct error *answer(
	struct session *session, struct target *target, const struct thread_array *threads)
{
	json_t *array = json_array();

	ARRAY_FOR_EACH (thread, threads) {
		json_t *object = thread_json(target, thread);

		if (object)
			json_add(&array, object);
	}
	answer_put(session, "pid", json_integer(target->identity.pid));
	answer_put(session, "threads", array);
	return NULL;
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(thread_array_deinit) struct thread_array threads = {0};
	struct attachment *attachment;
	struct error *error = session_attachment(session, &attachment);

	(void)arguments;
	if (!error)
		error = target_list_threads(attachment->target, &threads);
	if (error)
		return error;
	if (threads.count)
		qsort(threads.items, threads.count, sizeof(struct thread), by_cpu_time);
	if (session->json)
		return answer(session, attachment->target, &threads);
	fprintf(session->out, "%8s  %c  %10s  %s\n", "THREAD", 'S', "CPU", "NAME");
	ARRAY_FOR_EACH (thread, &threads)
		print_thread(session, attachment->target, thread);
	return NULL;
}

const struct command command_threads = {
	.name = "threads",
	.group = GROUP_PROCESS,
	.usage = "",
	.summary = "list the threads: state, CPU time, what each waits for",
	.description =
		"The state is that of proc(5): R runs or waits for a CPU, S sleeps, D waits in the "
		"kernel, T is stopped. Behind the name stands the system call it sleeps in. No "
		"thread is stopped for this.",
	.examples = (const char *const[]){"threads", NULL},
	.options = options,
	.repeatable = true,
	.prints_json = true,
	.run = run,
};
