#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "arch/agent.h"
#include "base/clock.h"
#include "base/quantity.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/process_options.h"
#include "cli/report.h"
#include "session/attachment.h"

static const struct command_option options[] = {
	TARGET_OPTIONS,
	{0},
};

/* All that is told, in one way or the other. */
struct info {
	struct attachment *attachment; /* borrowed */
	const char *process;           /* borrowed */
	uint64_t age;                  /* ns; 0: unknown */
	uint64_t cpu_time;             /* ns */
	size_t threads;
	const struct jemalloc_instances *instances; /* borrowed */
	bool is_there;
	struct agent_presence presence;
	struct leftovers leftovers;
};

/* start_time counts clock ticks since boot; a recording has none. */
static uint64_t age_of(const struct target_identity *identity)
{
	struct timespec now;

	if (!identity->start_time || clock_gettime(CLOCK_BOOTTIME, &now) < 0)
		return 0;
	uint64_t started =
		identity->start_time * NANOSECONDS_PER_SECOND / (uint64_t)sysconf(_SC_CLK_TCK);
	uint64_t time = (uint64_t)now.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)now.tv_nsec;
	return time > started ? time - started : 0;
}

/* A recording has none. */
static struct error *gather_leftovers(struct attachment *attachment, struct leftovers *ret)
{
	return error_unless(caller_leftovers(attachment->caller, ret), ERROR_UNSUPPORTED);
}

static struct error *gather(struct session *session, struct info *ret)
{
	CLEANUP(thread_array_deinit) struct thread_array threads = {0};
	struct attachment *attachment = NULL;
	struct error *error = session_attachment(session, &attachment);

	if (!error)
		error = target_list_threads(attachment->target, &threads);
	if (!error)
		error = target_cpu_time(attachment->target, &ret->cpu_time);
	if (!error)
		error = attachment_instances(attachment, &ret->instances);
	if (!error)
		error = gather_leftovers(attachment, &ret->leftovers);
	if (error)
		return error;
	ret->attachment = attachment;
	ret->process = session->target_text;
	ret->threads = threads.count;
	ret->age = age_of(&attachment->target->identity);
	ret->is_there = caller_presence(attachment->caller, &ret->presence);
	return NULL;
}

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

static void print_process(FILE *out, const struct info *info)
{
	const struct target_identity *identity = &info->attachment->target->identity;
	char text[QUANTITY_SIZE];

	print_line(out, "process", info->process);
	print_line(out, "executable", identity->executable[0] ? identity->executable : "unknown");
	print_user(out, identity->user);
	if (info->age)
		print_line(out, "running for", format_duration((double)info->age, text));
	print_label(out, "threads");
	fprintf(out, "%zu\n", info->threads);
	print_line(out, "CPU time", format_duration((double)info->cpu_time, text));
}

static void print_jemalloc(FILE *out, const struct jemalloc_instances *instances)
{
	if (!instances->count)
		print_line(out, "jemalloc", "none found");
	for (size_t i = 0; i < instances->count; i++) {
		const struct jemalloc_instance *instance = &instances->items[i];

		print_label(out, "jemalloc");
		if (instances->count > 1)
			fprintf(out, "%zu: ", i + 1);
		print_text(out, instance->path);
		fprintf(out, ", %s%s%s\n", instance->prefix[0] ? "prefix " : "no prefix",
			instance->prefix, instance->nameless ? ", found by its code" : "");
	}
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

static void print_presence(FILE *out, const struct info *info)
{
	const struct agent_presence *presence = &info->presence;

	print_label(out, "limpet has");
	if (!info->is_there) {
		fputs("nothing in it\n", out);
		return;
	}
	fprintf(out, "thread %d and %zu KiB of memory at 0x%" PRIx64 " in it, until `detach`\n",
		presence->thread, presence->length / 1024, presence->address);
	print_label(out, "started");
	print_borrowed(out, &presence->launch);
}

static void print_ledger(FILE *out, const struct ledger *ledger)
{
	ARRAY_FOR_EACH (entry, &ledger->entries) {
		print_label(out, "switched");
		fprintf(out, "%s: ", entry->name);
		print_text(out, entry->before);
		fputs(" before, ", out);
		print_text(out, entry->now);
		fputs(" now; to undo it: ", out);
		print_text(out, entry->undo);
		fputc('\n', out);
	}
}

static void print_leftovers(FILE *out, const struct leftovers *leftovers)
{
	for (size_t i = 0; i < leftovers->area_count; i++) {
		print_label(out, "left over");
		fprintf(out,
			"%d KiB at 0x%" PRIx64
			", of a limpet that is gone; the next call takes it away\n",
			AGENT_SIZE / 1024, leftovers->areas[i]);
	}
	for (size_t i = 0; i < leftovers->descriptor_count; i++) {
		print_label(out, "left over");
		fprintf(out,
			"descriptor %d, of a limpet that is gone; the next call takes it away\n",
			leftovers->descriptors[i]);
	}
}

static void print_last_call(FILE *out, const struct call_report *call)
{
	char duration[QUANTITY_SIZE];

	if (!call->thread)
		return;
	print_label(out, "last call");
	if (call->own)
		fprintf(out, "on limpet's own thread, in %s\n",
			format_duration((double)call->duration, duration));
	else
		print_borrowed(out, call);
}

static void print_info(FILE *out, const struct info *info)
{
	print_process(out, info);
	print_jemalloc(out, info->instances);
	print_presence(out, info);
	print_ledger(out, &info->attachment->ledger);
	print_leftovers(out, &info->leftovers);
	print_last_call(out, &info->attachment->last_call);
}

static json_t *instances_json(const struct jemalloc_instances *instances)
{
	json_t *array = json_array();

	ARRAY_FOR_EACH (instance, instances)
		json_add(&array,
			json_pack("{s:o, s:o, s:o, s:b}", "path", json_text(instance->path),
				"prefix", json_text(instance->prefix), "mallctl",
				json_address(instance->mallctl), "nameless", instance->nameless));
	return array;
}

static json_t *presence_json(const struct info *info)
{
	const struct agent_presence *presence = &info->presence;

	if (!info->is_there)
		return json_null();
	return json_pack("{s:i, s:o, s:I, s:o}", "thread", (int)presence->thread, "address",
		json_address(presence->address), "length", (json_int_t)presence->length, "started",
		json_call(&presence->launch));
}

static json_t *ledger_json(const struct ledger *ledger)
{
	json_t *array = json_array();

	ARRAY_FOR_EACH (entry, &ledger->entries)
		json_add(&array, json_pack("{s:o, s:o, s:o, s:o}", "name", json_text(entry->name),
					 "before", json_text(entry->before), "now",
					 json_text(entry->now), "undo", json_text(entry->undo)));
	return array;
}

static json_t *info_json(const struct info *info)
{
	const struct target_identity *identity = &info->attachment->target->identity;
	const struct call_report *call = &info->attachment->last_call;

	return json_pack("{s:i, s:o, s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:I, s:o}", "pid",
		(int)identity->pid, "name", json_text(identity->name), "executable",
		json_text(identity->executable), "user", (json_int_t)identity->user, "age_ns",
		(json_int_t)info->age, "threads", (json_int_t)info->threads, "cpu_ns",
		(json_int_t)info->cpu_time, "jemalloc", instances_json(info->instances), "presence",
		presence_json(info), "switched", ledger_json(&info->attachment->ledger),
		"left_over", json_leftovers(&info->leftovers), "calls",
		(json_int_t)info->attachment->calls, "last_call",
		call->thread ? json_call(call) : json_null());
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	(void)arguments;
	struct info info = {0};
	struct error *error = gather(session, &info);

	if (error)
		return error;
	if (session->json)
		return answer_put_all(session, info_json(&info));
	print_info(session->out, &info);
	return NULL;
}

const struct command command_info = {
	.name = "info",
	.group = GROUP_PROCESS,
	.usage = "",
	.summary = "what the process is, and what limpet has in it",
	.description =
		"Executable, user, age, threads, CPU time, and the jemallocs that are in it. "
		"Then all that limpet has changed in the process: its thread and memory, what you "
		"had it switch (with the command that undoes it), what a limpet that was killed "
		"has left, and which thread made the last call for how long.",
	.examples = (const char *const[]){"info", "info --json", NULL},
	.options = options,
	.repeatable = true,
	.prints_json = true,
	.run = run,
};
