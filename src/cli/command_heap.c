#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/quantity.h"
#include "base/string_builder.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/files.h"
#include "cli/jemalloc_access.h"
#include "cli/profile_table.h"
#include "cli/report.h"
#include "jemalloc/arenas.h"
#include "jemalloc/heap_dump.h"
#include "jemalloc/profiler.h"
#include "symbolize/symbolize.h"

static const struct command_option options[] = {
	{.name = "output", .letter = 'o', .argument = "FILE", .help = "save the dump, too"},
	{.name = "number", .letter = 'n', .argument = "N", .help = "how many functions to show"},
	{.name = "sample-index", .argument = "TYPE", .help = "which values to show", .word = true},
	INSTANCE_OPTION,
	{0},
};

/* What all of the actions work on. */
struct heap_request {
	struct session *session;
	const struct arguments *arguments;
	struct attachment *attachment;
	struct jemalloc jemalloc;
	struct profiler_status status;
};

static const char *yes_or_no(bool value)
{
	return value ? "yes" : "no";
}

static struct error *show_status(struct heap_request *request)
{
	const struct profiler_status *status = &request->status;
	FILE *out = request->session->out;
	char rate[QUANTITY_SIZE];
	struct error *error;

	fputs("jemalloc     ", out);
	print_text(out, status->version ? status->version : "of unknown version");
	fputs(" in ", out);
	print_text(out, request->jemalloc.instance->path);
	fprintf(out, "\nbuilt in     %s\n", yes_or_no(status->built_in));
	fprintf(out, "at start     %s\n", status->enabled ? "switched on" : "switched off");
	if (!status->built_in || !status->enabled) {
		error = profiler_require(&request->jemalloc, status);
		if (error && error->hint)
			report(request->session, "%s", error->hint);
		error_destroy(error);
		return NULL;
	}
	fprintf(out, "active       %s\n", yes_or_no(status->active));
	fprintf(out, "rate         one sample in %s (2^%" PRIu64 " bytes)\n",
		format_bytes(exp2((double)status->lg_sample), rate), status->lg_sample);
	fprintf(out, "accumulates  %s\n", yes_or_no(status->accumulates));
	return NULL;
}

/* jemalloc may take an order and do nothing: what counts is what it says afterwards. */
static struct error *switch_to(struct heap_request *request, bool active)
{
	struct error *error = profiler_set_active(&request->jemalloc, active);
	struct mallctl_value now;

	if (!error)
		error = mallctl_read(&request->jemalloc, "prof.active", &now);
	if (error)
		return error;
	if (now.boolean != active)
		return error_create(ERROR_FAILED, "jemalloc took the order and did not follow it");
	fprintf(request->session->out, "the heap profiler is %s\n", active ? "on" : "off");
	return note_switched(request->session, request->arguments, "prof.active",
		request->status.active ? "true" : "false", active ? "true" : "false",
		request->status.active ? "heap on" : "heap off", NULL);
}

static struct error *switch_on(struct heap_request *request)
{
	struct error *error = switch_to(request, true);

	if (!error)
		report(request->session,
			"memory allocated from now on is sampled; it stays on after limpet has let "
			"go, until `heap off`");
	return error;
}

static struct error *switch_off(struct heap_request *request)
{
	return switch_to(request, false);
}

static struct error *note_rate(struct heap_request *request, const char *rate)
{
	uint64_t former = request->status.lg_sample;
	char before[32], undo[64];

	snprintf(before, sizeof(before), "%" PRIu64, former);
	snprintf(undo, sizeof(undo), "heap rate %" PRIu64, former);
	return note_switched(
		request->session, request->arguments, "prof.lg_sample", before, rate, undo, NULL);
}

static struct error *set_rate(struct heap_request *request)
{
	const char *text = arguments_word(request->arguments, 1);
	char bytes[QUANTITY_SIZE];
	struct error *error;
	uint64_t rate;

	if (!text)
		return show_status(request);
	if (!parse_unsigned(text, &rate) || rate > LG_SAMPLE_MAX)
		return error_set_hint(
			arguments_error(request->arguments, "'%s' is no sampling rate", text),
			"it takes the power of two of the bytes between two samples: 19 (512 kB) "
			"is "
			"the default, less is finer and costs more");
	error = profiler_reset(&request->jemalloc, &rate);
	if (error)
		return error;
	fprintf(request->session->out, "one sample in %s from now on\n",
		format_bytes(exp2((double)rate), bytes));
	report(request->session,
		"the samples taken so far are gone: jemalloc cannot keep them with another rate");
	return note_rate(request, text);
}

static struct error *reset(struct heap_request *request)
{
	struct error *error = profiler_reset(&request->jemalloc, NULL);

	if (!error)
		fputs("all samples are forgotten; the profiler goes on as before\n",
			request->session->out);
	return error;
}

/* The process allocates meanwhile: it may have more afterwards. */
static void print_purged(FILE *out, uint64_t before, uint64_t after)
{
	char was[QUANTITY_SIZE], is[QUANTITY_SIZE], given[QUANTITY_SIZE];

	format_bytes((double)before, was);
	format_bytes((double)after, is);
	if (after < before)
		fprintf(out, "gave back %s: RSS was %s, and is %s\n",
			format_bytes((double)(before - after), given), was, is);
	else
		fprintf(out, "gave back nothing that would show: RSS was %s, and is %s\n", was, is);
}

static struct error *purge(struct heap_request *request)
{
	struct target_memory before, after;
	struct error *error = target_memory_use(request->attachment->target, &before);

	if (!error)
		error = arenas_purge(&request->jemalloc);
	if (!error)
		error = target_memory_use(request->attachment->target, &after);
	if (!error)
		print_purged(request->session->out, before.resident, after.resident);
	return error;
}

static struct error *describe(struct session *session, const struct profile *profile, char **ret)
{
	char total[QUANTITY_SIZE];
	size_t type;

	if (!profile_find_value_type(profile, "inuse_space", &type) ||
		asprintf(ret, "heap of %s, %s in use", session->target_text,
			format_bytes((double)profile_total(profile, type), total)) < 0)
		return &error_no_memory;
	return NULL;
}

/* Takes over the dump's text. */
static struct error *keep_dump(
	struct heap_request *request, struct u8_array *text, const struct session_profile **ret)
{
	CLEANUP(session_profile_deinit)
	struct session_profile kept = {.name = strdup("heap"), .origin = strdup("")};
	struct error *error = NULL;

	kept.raw = *text;
	*text = (struct u8_array){0};
	if (!kept.name || !kept.origin)
		error = &error_no_memory;
	if (!error)
		error = heap_dump_parse(kept.raw.items, kept.raw.count, &kept.profile);
	if (!error)
		error = symbolize_profile(kept.profile, request->attachment->modules);
	if (!error)
		error = describe(request->session, kept.profile, &kept.description);
	return error ? error : session_add_profile(request->session, &kept, ret);
}

static void report_dump(const struct heap_request *request, const struct session_profile *kept)
{
	const char *output = arguments_value(request->arguments, "output");
	const struct call_report *call = &request->jemalloc.report;
	char duration[QUANTITY_SIZE];

	format_duration((double)call->duration, duration);
	if (call->own)
		report(request->session, "dumped in %s on limpet's own thread; kept as @%u%s%s",
			duration, kept->number, output ? ", saved in " : "", output ? output : "");
	else
		report(request->session, "thread %d (%s) was borrowed for %s; kept as @%u%s%s",
			call->thread, call->thread_name, duration, kept->number,
			output ? ", saved in " : "", output ? output : "");
	if (!request->status.active)
		report(request->session,
			"the profiler is off: what was allocated since then is not in it");
}

static struct error *dump(struct heap_request *request)
{
	const char *output = arguments_value(request->arguments, "output");
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	const struct session_profile *kept;
	struct error *error = output ? file_check(output) : NULL;

	if (!error)
		error = profiler_dump(
			&request->jemalloc, request->attachment->target->identity.pid, &text);
	/* The modules may have come since: a library that was loaded late. */
	if (!error)
		error = attachment_refresh(request->attachment);
	if (!error)
		error = keep_dump(request, &text, &kept);
	if (!error && output)
		error = file_save(
			kept, value_type_name(request->session, request->arguments), output);
	if (!error)
		error = print_profile_table(request->session, request->arguments, kept->profile);
	if (!error)
		report_dump(request, kept);
	return error;
}

static const struct heap_action {
	const char *name;
	bool needs_profiler;
	unsigned arguments; /* at most, the name not counted */
	struct error *(*run)(struct heap_request *request);
} actions[] = {
	{"status", false, 0, show_status},
	{"on", true, 0, switch_on},
	{"off", true, 0, switch_off},
	{"rate", true, 1, set_rate},
	{"reset", true, 0, reset},
	{"dump", true, 0, dump},
	{"purge", false, 0, purge},
};

static const struct heap_action *find_action(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

static struct error *run_action(struct heap_request *request, const struct heap_action *action)
{
	struct error *error = require_jemalloc(
		request->session, request->arguments, &request->attachment, &request->jemalloc);

	if (!error)
		error = profiler_read_status(&request->jemalloc, &request->status);
	if (!error && action->needs_profiler)
		error = profiler_require(&request->jemalloc, &request->status);
	if (!error)
		error = action->run(request);
	if (request->attachment)
		finish_jemalloc(request->session, &request->jemalloc);
	profiler_status_deinit(&request->status);
	return error;
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	struct heap_request request = {.session = session, .arguments = arguments};
	const char *word = arguments_word(arguments, 0);
	const struct heap_action *action = find_action(word ? word : "status");

	if (!action)
		return error_set_hint(
			arguments_error(arguments, "'%s' is nothing that heap can do", word),
			"it is one of status, on, off, rate LG, reset, dump, purge");
	if (arguments->words.count > 1 + action->arguments)
		return arguments_error(arguments, "heap %s does not take '%s'", action->name,
			arguments_word(arguments, 1 + action->arguments));
	return run_action(&request, action);
}

static void complete(struct completion *completion)
{
	for (size_t i = 0; completion->index == 0 && i < ARRAY_SIZE(actions); i++)
		completion_add(completion, actions[i].name);
}

const struct command command_heap = {
	.name = "heap",
	.group = GROUP_HEAP,
	.usage = "[status|on|off|rate LG|reset|dump [-o FILE]|purge]",
	.summary = "jemalloc's heap profiler: state, switch, rate, dump",
	.description =
		"status: whether it was built in and switched on at start, whether it is active, "
		"and its rate.\n\n"
		"on, off: from `on`, allocations are sampled; what was allocated before is not "
		"seen. It stays as told when limpet lets go.\n\n"
		"rate LG: one sample in 2^LG bytes; reset: both forget all samples.\n\n"
		"dump: has jemalloc write its samples to a file in memory, reads it from outside, "
		"and shows who holds the memory. Counts are scaled to estimates of the whole heap. "
		"-o saves it: " FILE_FORMATS ".\n\n"
		"purge: has jemalloc give the pages that it keeps free back to the kernel at once, "
		"and tells how much less memory the process takes; works without the profiler.",
	.examples = (const char *const[]){"heap", "heap on", "heap dump -o heap.pb.gz",
		"heap rate 16", NULL},
	.options = options,
	.maximum = 2,
	.run = run,
	.complete = complete,
};
