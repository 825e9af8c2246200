#include <string.h>

#include "cli/answer.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/files.h"
#include "cli/heap_request.h"
#include "cli/jemalloc_access.h"
#include "cli/json.h"
#include "cli/naming_options.h"
#include "cli/process_options.h"
#include "cli/profile_argument.h"
#include "cli/suggestion.h"

static const struct command_option options[] = {
	TARGET_OPTIONS,
	{.name = "duration",
		.letter = 'd',
		.argument = "TIME",
		.help = "how long to record (10s), or to look for growth (60s)"},
	{.name = "output", .letter = 'o', .argument = "FILE", .help = "save the dump, too"},
	{.name = "number",
		.letter = 'n',
		.argument = "N",
		.help = "how many functions to show; of growth: how many dumps (5)"},
	{.name = "sample-index", .argument = "TYPE", .help = "which values to show", .word = true},
	{.name = "discard", .help = "of rate: give up the samples taken so far"},
	{.name = "timeline",
		.argument = "FILE",
		.help = "of growth: draw the memory over time (.svg)"},
	ALL_FRAMES_OPTION,
	VIEW_OPTIONS,
	INSTANCE_OPTION,
	NAMING_OPTIONS,
	{0},
};

static const struct heap_action {
	const char *name;
	bool needs_profiler;
	unsigned arguments; /* at most, the name not counted */
	struct error *(*run)(struct heap_request *request);
} actions[] = {
	{"status", false, 0, heap_status},
	{"on", true, 0, heap_on},
	{"off", true, 0, heap_off},
	{"rate", true, 1, heap_rate},
	{"gdump", true, 1, heap_gdump},
	{"reset", true, 0, heap_reset},
	{"dump", true, 0, heap_dump},
	{"record", true, 0, heap_record},
	{"growth", true, 0, heap_growth},
	{"purge", false, 0, heap_purge},
	{"threads", false, 3, heap_threads},
};

/* By name, or the start of one name alone. */
static const struct heap_action *find_action(const char *name)
{
	const struct heap_action *found = NULL;
	size_t matches = 0;

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
		if (strncmp(actions[i].name, name, strlen(name)) != 0)
			continue;
		found = &actions[i];
		matches++;
	}
	return matches == 1 ? found : NULL;
}

static struct error *unloaded(const struct heap_request *request)
{
	return error_create(ERROR_GONE,
		"the jemalloc that the command began with is no longer in process %s",
		request->session->target_text);
}

/* What was found anew is only looked at once it is known to be of the same program. */
struct error *heap_recheck(struct heap_request *request)
{
	struct attachment *attachment;
	struct error *error = caller_begin(request->jemalloc.caller);

	if (!error)
		error = require_jemalloc(
			request->session, request->arguments, &attachment, &request->jemalloc);
	if (!error && request->jemalloc.instance->mallctl != request->mallctl)
		error = unloaded(request);
	return error;
}

static struct error *run_action(struct heap_request *request, const struct heap_action *action)
{
	struct error *error = require_jemalloc(
		request->session, request->arguments, &request->attachment, &request->jemalloc);

	if (!error)
		request->mallctl = request->jemalloc.instance->mallctl;
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

static struct error *unknown_action(const struct arguments *arguments, const char *word)
{
	struct error *error = arguments_error(arguments, "'%s' is nothing that heap can do", word);
	struct suggestion suggestion = suggestion_for(word);

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		suggestion_consider(&suggestion, actions[i].name);
	if (suggestion.best)
		return error_set_hint(error, "did you mean heap %s?", suggestion.best);
	return error_set_hint(error,
		"it is one of status, on, off, rate LG, reset, gdump on|off, dump, record, "
		"growth, purge, threads");
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	struct heap_request request = {.session = session, .arguments = arguments};
	const char *word = arguments_word(arguments, 0);
	const struct heap_action *action = find_action(word ? word : "status");

	if (!action)
		return unknown_action(arguments, word);
	if (arguments->words.count > 1 + action->arguments)
		return arguments_error(arguments, "heap %s does not take '%s'", action->name,
			arguments_word(arguments, 1 + action->arguments));
	if (session->json)
		answer_put(session, "action", json_text(action->name));
	return run_action(&request, action);
}

static void complete(struct completion *completion)
{
	const char *previous = completion->previous;

	for (size_t i = 0; completion->index == 0 && i < ARRAY_SIZE(actions); i++)
		completion_add(completion, actions[i].name);
	if (completion->index == 0)
		return;
	if (strcmp(previous, "gdump") == 0 || strcmp(previous, "threads") == 0) {
		completion_add(completion, "on");
		completion_add(completion, "off");
	}
	if (strcmp(previous, "threads") == 0)
		completion_add(completion, "name");
	else if (completion->index == 2)
		complete_threads(completion);
}

const struct command command_heap = {
	.name = "heap",
	.group = GROUP_HEAP,
	.usage = "[status|on|off|rate LG|reset|dump [-o FILE]|record [-d TIME]|growth [-d "
		 "TIME]|purge|threads [on|off|name THREAD [TEXT]]]",
	.summary = "jemalloc's heap profiler: state, switch, rate, dump",
	.description =
		"status: whether it was built in and switched on at start, whether it is active "
		"and "
		"since when, its rate, and when jemalloc dumps by itself, and to where.\n\n"
		"on, off: from `on`, allocations are sampled; what was allocated before is not "
		"seen. It stays as told when limpet lets go.\n\n"
		"rate LG: one sample in 2^LG bytes. jemalloc then forgets those taken so far: they "
		"are kept as a profile before, and saved with -o; --discard gives them up. reset "
		"forgets them as it is.\n\n"
		"gdump on, off: whether jemalloc itself writes a dump at every new peak.\n\n"
		"dump: has jemalloc write its samples to a file in memory, reads it from outside, "
		"and shows who holds the memory. Counts are scaled to estimates of the whole heap. "
		"-o saves it: " FILE_FORMATS
		". --all-frames keeps the allocator's own frames, which are "
		"hidden otherwise.\n\n"
		"record: switches the profiler on for the time of -d, shows what was allocated in "
		"it and is still in use, and leaves the profiler as it was: also on Ctrl-C, which "
		"ends it early, and when limpet is killed.\n\n"
		"growth: takes -n dumps over the time of -d, ranks stacks by what they grew "
		"steadily, and says how sure that is: it holds 95 times of 100 within the margin "
		"beside it. What comes and goes is not taken for growth. The profile that is kept "
		"has the growth and each dump's figures as values; --timeline draws allocated, "
		"active, resident and RSS. It leaves the profiler as it was, too.\n\n"
		"purge: has jemalloc give the pages that it keeps free back to the kernel at once, "
		"and tells how much less memory the process takes; works without the profiler.\n\n"
		"threads: what each thread has allocated, whether it is sampled and its name in "
		"dumps, or why it could not be asked: only it is told by jemalloc, so each is "
		"borrowed once. threads on THREAD, off THREAD: whether that thread, by number or "
		"name, is sampled when the profiler is on. threads name THREAD TEXT: its name in "
		"dumps, of which jemalloc 5.3.1 keeps 15 bytes.\n\n"
		"What dump, record and growth show can be chosen as `help top` has it: --lines, "
		"--no-inlines, --short and the like. What has no name there, and why, tells "
		"`names`.\n\n"
		"With jemalloc 5.2.0 and 5.2.1, which stop sampling threads that allocated while "
		"the profiler was off, `on`, `rate`, `reset`, `record` and `growth` borrow each "
		"thread once, and set it going again. From 5.3 on, a thread goes by a new rate "
		"only after its next sample.",
	.examples = (const char *const[]){"heap", "heap record -d 60 -o heap.svg", "heap on",
		"heap growth -d 10m --timeline memory.svg", "heap dump -o heap.pb.gz",
		"heap rate 16", "heap threads", "heap threads off worker-3", NULL},
	.options = options,
	.maximum = 4,
	.prints_json = true,
	.run = run,
	.complete = complete,
};
