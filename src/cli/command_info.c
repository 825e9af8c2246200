#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/quantity.h"
#include "cli/command.h"
#include "cli/report.h"
#include "session/attachment.h"

static void print_label(FILE *out, const char *label)
{
	fprintf(out, "%-12s ", label);
}

static void print_line(FILE *out, const char *label, const char *text)
{
	print_label(out, label);
	print_text(out, text);
	fputc('\n', out);
}

static void print_user(FILE *out, uid_t user)
{
	const struct passwd *entry = getpwuid(user);

	print_label(out, "user");
	fprintf(out, "%u", user);
	if (entry)
		fprintf(out, " (%s)", entry->pw_name);
	fputc('\n', out);
}

/* start_time counts clock ticks since boot; a recording has none. */
static void print_age(FILE *out, const struct target_identity *identity)
{
	struct timespec now;
	char text[QUANTITY_SIZE];

	if (!identity->start_time || clock_gettime(CLOCK_BOOTTIME, &now) < 0)
		return;
	uint64_t started =
		identity->start_time * NANOSECONDS_PER_SECOND / (uint64_t)sysconf(_SC_CLK_TCK);
	uint64_t time = (uint64_t)now.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)now.tv_nsec;
	uint64_t age = time > started ? time - started : 0;
	print_line(out, "running for", format_duration((double)age, text));
}

static struct error *print_threads(FILE *out, struct target *target)
{
	CLEANUP(thread_array_deinit) struct thread_array threads = {0};
	char text[QUANTITY_SIZE];
	uint64_t cpu_time;
	struct error *error = target_list_threads(target, &threads);

	if (!error)
		error = target_cpu_time(target, &cpu_time);
	if (error)
		return error;
	print_label(out, "threads");
	fprintf(out, "%zu\n", threads.count);
	print_line(out, "CPU time", format_duration((double)cpu_time, text));
	return NULL;
}

static struct error *print_jemalloc(FILE *out, struct attachment *attachment)
{
	const struct jemalloc_instances *instances;
	struct error *error = attachment_instances(attachment, &instances);

	if (error)
		return error;
	if (!instances->count)
		print_line(out, "jemalloc", "none found");
	ARRAY_FOR_EACH (instance, instances) {
		print_label(out, "jemalloc");
		print_text(out, instance->path);
		fprintf(out, ", %s%s\n", instance->prefix[0] ? "prefix " : "no prefix",
			instance->prefix);
	}
	return NULL;
}

static void print_borrowed(FILE *out, const struct call_report *call)
{
	char held[QUANTITY_SIZE], borrowed[QUANTITY_SIZE];

	fprintf(out, "on thread %d (", call->thread);
	print_text(out, call->thread_name);
	fprintf(out, "): stopped for %s, borrowed for %s\n",
		format_duration((double)call->held, held),
		format_duration((double)call->borrowed, borrowed));
}

static void print_traces(FILE *out, const struct attachment *attachment)
{
	const struct call_report *call = &attachment->last_call;
	char duration[QUANTITY_SIZE];
	struct agent_presence presence;

	print_label(out, "limpet has");
	if (caller_presence(attachment->caller, &presence)) {
		fprintf(out,
			"thread %d and %zu KiB of memory at 0x%" PRIx64 " in it, until `detach`\n",
			presence.thread, presence.length / 1024, presence.address);
		print_label(out, "started");
		print_borrowed(out, &presence.launch);
	} else {
		fputs("nothing in it\n", out);
	}
	if (!call->thread)
		return;
	print_label(out, "last call");
	if (call->own)
		fprintf(out, "on limpet's own thread, in %s\n",
			format_duration((double)call->duration, duration));
	else
		print_borrowed(out, call);
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	struct attachment *attachment;
	struct error *error = session_attachment(session, &attachment);

	(void)arguments;
	if (error)
		return error;
	const struct target_identity *identity = &attachment->target->identity;
	print_line(session->out, "process", session->target_text);
	print_line(session->out, "executable",
		identity->executable[0] ? identity->executable : "unknown");
	print_user(session->out, identity->user);
	print_age(session->out, identity);
	error = print_threads(session->out, attachment->target);
	if (!error)
		error = print_jemalloc(session->out, attachment);
	if (!error)
		print_traces(session->out, attachment);
	return error;
}

const struct command command_info = {
	.name = "info",
	.group = GROUP_PROCESS,
	.usage = "",
	.summary = "what the process is, and what limpet has in it",
	.description =
		"Executable, user, age, threads, CPU time, and the jemallocs that are in it. "
		"The last lines tell what limpet has put into the process, and which "
		"thread made the last call for how long.",
	.examples = (const char *const[]){"info", NULL},
	.repeatable = true,
	.run = run,
};
