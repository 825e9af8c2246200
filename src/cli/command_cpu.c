#include "cli/command_cpu.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/quantity.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/filter_options.h"
#include "cli/json.h"
#include "cli/name_profile.h"
#include "cli/naming_options.h"
#include "cli/process_options.h"
#include "cli/profile_table.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/view_options.h"
#include "collect/wall.h"
#include "session/attachment.h"
#include "session/naming.h"
#include "target/snapshot.h"

static const struct command_option options[] = {
	TARGET_OPTIONS,
	{.name = "duration", .letter = 'd', .argument = "TIME", .help = "how long (10s)"},
	{.name = "rate", .letter = 'r', .argument = "HZ", .help = "samples a second (99)"},
	{.name = "thread",
		.letter = 't',
		.argument = "THREAD",
		.help = "one thread, by name or id"},
	{.name = "wall", .help = "wall time, of threads that wait, too"},
	FILTER_OPTIONS,
	NAMING_OPTIONS,
	VIEW_OPTIONS,
	{.name = "output", .letter = 'o', .argument = "FILE", .help = "save the profile, too"},
	{.name = "number", .letter = 'n', .argument = "N", .help = "how many functions to show"},
	{.name = "sample-index", .argument = "TYPE", .help = "which values to show", .word = true},
	{.name = "snapshot",
		.argument = "FILE",
		.help = "keep the raw material: FILE.snapshot can be attached to"},
	{0},
};

/* What the sampler is told and asked while it runs. */
struct watch {
	struct progress progress;
	uint64_t duration;
};

static bool interrupted(void *context)
{
	(void)context;
	return session_interrupted();
}

static uint64_t sum(const uint64_t *counts, int count)
{
	uint64_t total = 0;

	for (int i = 0; i < count; i++)
		total += counts[i];
	return total;
}

/* Tenths of seconds do. */
static const char *format_shown(uint64_t time, char text[static QUANTITY_SIZE])
{
	uint64_t tenth = NANOSECONDS_PER_SECOND / 10;

	return format_duration((double)(time / tenth * tenth), text);
}

static void show_progress(void *context, const struct cpu_statistics *statistics)
{
	struct watch *watch = context;
	char elapsed[QUANTITY_SIZE], left[QUANTITY_SIZE];

	if (!progress_is_due(&watch->progress))
		return;
	progress_show(&watch->progress,
		"%s, %s left: %" PRIu64 " samples, %" PRIu64 " lost, %" PRIu64
		" thread%s; Ctrl-C ends it",
		format_shown(statistics->elapsed, elapsed),
		format_shown(statistics->elapsed < watch->duration
				     ? watch->duration - statistics->elapsed
				     : 0,
			left),
		statistics->samples, sum(statistics->lost, CAPTURE_OUTCOME_COUNT),
		statistics->threads, statistics->threads == 1 ? "" : "s");
}

struct error *read_sampling_rate(
	const struct session *session, const struct arguments *arguments, unsigned *ret)
{
	uint64_t rate = settings_number(&session->settings, SETTING_RATE);
	struct error *error = arguments_number(arguments, "rate", rate, 1, CPU_RATE_MAX, &rate);

	*ret = (unsigned)rate;
	return error;
}

static struct error *read_options(
	const struct session *session, const struct arguments *arguments, struct cpu_options *ret)
{
	uint64_t duration = settings_number(&session->settings, SETTING_DURATION);
	struct error *error = read_sampling_rate(session, arguments, &ret->rate);

	if (!error)
		error = arguments_duration(arguments, "duration", duration, &ret->duration);
	ret->thread = arguments_value(arguments, "thread");
	ret->wall = arguments_has(arguments, "wall");
	return error;
}

static struct error *check_output(const struct arguments *arguments)
{
	const char *output = arguments_value(arguments, "output");

	return output ? file_check(output) : NULL;
}

struct error *describe_cpu_profile(const struct session *session, struct profile *profile,
	const struct cpu_options *cpu_options, struct session_profile *ret)
{
	const char *kind = cpu_options->wall ? "wall" : "cpu";
	CLEANUP(session_profile_deinit)
	struct session_profile described = {
		.profile = profile, .name = strdup(kind), .origin = strdup("")};
	char duration[QUANTITY_SIZE];

	if (!described.name || !described.origin ||
		asprintf(&described.description, "%s of %s for %s at %u Hz", kind,
			session->target_text, format_duration((double)profile->duration, duration),
			cpu_options->rate) < 0) {
		described.description = NULL;
		return &error_no_memory;
	}
	*ret = described;
	described = (struct session_profile){0};
	return NULL;
}

struct error *keep_cpu_profile(struct session *session, struct profile *profile,
	const struct cpu_options *cpu_options, const struct session_profile **ret)
{
	CLEANUP(session_profile_deinit) struct session_profile kept = {0};
	struct error *error = describe_cpu_profile(session, profile, cpu_options, &kept);

	return error ? error : session_add_profile(session, &kept, ret);
}

static void report_cpu(const struct session *session, const struct cpu_statistics *statistics)
{
	char total[QUANTITY_SIZE], sampled[QUANTITY_SIZE], in_calls[QUANTITY_SIZE],
		mean[QUANTITY_SIZE], longest[QUANTITY_SIZE];

	report(session,
		"%" PRIu64 " samples for %s of %s CPU time, %s of it in system calls; a thread "
		"stood still for %s, %s at most",
		statistics->samples, format_duration((double)statistics->sampled_time, sampled),
		format_duration((double)statistics->cpu_time, total),
		format_duration((double)statistics->system_time, in_calls),
		format_duration(statistics->samples ? (double)statistics->held_total /
							      (double)statistics->samples
						    : 0,
			mean),
		format_duration((double)statistics->held_longest, longest));
}

static void report_wall(const struct session *session, const struct cpu_statistics *statistics)
{
	char total[QUANTITY_SIZE], sampled[QUANTITY_SIZE], mean[QUANTITY_SIZE],
		longest[QUANTITY_SIZE];

	report(session,
		"%" PRIu64 " samples for %s of %s of all threads; %" PRIu64 " looks, %" PRIu64
		" of them with a stop: a thread stood still for %s, %s at most",
		statistics->samples, format_duration((double)statistics->sampled_time, sampled),
		format_duration((double)statistics->cpu_time, total), statistics->looks,
		statistics->stops,
		format_duration(statistics->stops
					? (double)statistics->held_total / (double)statistics->stops
					: 0,
			mean),
		format_duration((double)statistics->held_longest, longest));
}

void report_cpu_counts(const struct session *session, const struct cpu_options *cpu_options,
	const struct cpu_statistics *statistics)
{
	if (cpu_options->wall)
		report_wall(session, statistics);
	else
		report_cpu(session, statistics);
	for (int i = 0; i < CAPTURE_OUTCOME_COUNT; i++)
		if (statistics->lost[i])
			report(session, "lost %" PRIu64 ": %s", statistics->lost[i],
				capture_outcome_text(i));
	for (int i = 0; i < UNWIND_END_COUNT; i++)
		if (statistics->truncated[i])
			report(session, "truncated %" PRIu64 ": %s", statistics->truncated[i],
				unwind_end_text(i));
	if (statistics->by_frame_pointer)
		report(session,
			"followed %" PRIu64 " by the frame pointer: a function may be left out",
			statistics->by_frame_pointer);
}

static json_t *counts_json(const uint64_t *counts, int count, const char *(*text)(int reason))
{
	json_t *array = json_array();

	for (int i = 0; i < count; i++)
		if (counts[i])
			json_add(&array, json_pack("{s:o, s:I}", "reason", json_text(text(i)),
						 "count", (json_int_t)counts[i]));
	return array;
}

static json_t *pauses_json(const struct pauses *pauses)
{
	json_t *array = json_array();

	for (size_t i = 0; i < PAUSES_COUNTS; i++)
		if (pauses->counts[i])
			json_add(&array, json_pack("{s:I, s:I}", "at_most_ns",
						 (json_int_t)pauses_longest_at(i), "count",
						 (json_int_t)pauses->counts[i]));
	return array;
}

static const char *outcome_text(int outcome)
{
	return capture_outcome_text((enum capture_outcome)outcome);
}

static const char *end_text(int end)
{
	return unwind_end_text((enum unwind_end)end);
}

static void put_number(struct session *session, const char *key, uint64_t number)
{
	answer_put(session, key, json_integer((json_int_t)number));
}

/* What report_cpu_counts() says, and more. */
static void answer_counts(struct session *session, const struct cpu_options *cpu_options,
	const struct cpu_statistics *statistics)
{
	answer_put(session, "process", json_process(&session->attachment->target->identity));
	answer_put(session, "kind", json_text(cpu_options->wall ? "wall" : "cpu"));
	put_number(session, "rate_hz", cpu_options->rate);
	put_number(session, "elapsed_ns", statistics->elapsed);
	put_number(session, "samples", statistics->samples);
	put_number(session, "cpu_ns", statistics->cpu_time);
	put_number(session, "sampled_ns", statistics->sampled_time);
	put_number(session, "system_ns", statistics->system_time);
	put_number(session, "held_total_ns", statistics->held_total);
	put_number(session, "held_longest_ns", statistics->held_longest);
	answer_put(session, "pauses", pauses_json(&statistics->pauses));
	put_number(session, "looks", statistics->looks);
	put_number(session, "stops", statistics->stops);
	put_number(session, "by_frame_pointer", statistics->by_frame_pointer);
	answer_put(session, "lost",
		counts_json(statistics->lost, CAPTURE_OUTCOME_COUNT, outcome_text));
	answer_put(session, "truncated",
		counts_json(statistics->truncated, UNWIND_END_COUNT, end_text));
	answer_put(session, "ended", json_boolean(statistics->end == CPU_END_TARGET_GONE));
}

/* The end of the process is said last: what was gathered is kept, shown and saved before. */
static struct error *gone(
	const struct session *session, const struct session_profile *kept, const char *output)
{
	return error_set_hint(error_create(ERROR_GONE, "process %s ended during the capture",
				      session->target_text),
		"what was sampled until then is kept as @%u%s%s", kept->number,
		output ? " and saved in " : "", output ? output : "");
}

/* What was sampled is not lost by a filter that leaves nothing. */
static struct error *keep_whole(struct session *session, const struct cpu_options *cpu_options,
	struct profile *profile, struct error *nothing_left)
{
	CLEANUP(cleanup_free) char *hint = strdup(nothing_left->hint ? nothing_left->hint : "");
	const struct session_profile *kept;
	struct error *error = keep_cpu_profile(session, profile, cpu_options, &kept);

	if (!error && hint)
		return error_set_hint(nothing_left,
			"%s%swhat was sampled is kept whole as @%u, and not saved", hint,
			*hint ? "; " : "", kept->number);
	error_destroy(error);
	return nothing_left;
}

/* Takes over the profile. */
static struct error *keep(struct session *session, const struct arguments *arguments,
	const struct cpu_options *cpu_options, const struct profile_filter *filter,
	struct profile *profile, const struct session_profile **ret)
{
	struct profile *filtered;
	struct error *error = NULL;

	if (filter) {
		error = filter_apply(
			session, arguments, filter, profile, FILTER_REPORTS, &filtered);
		if (error)
			return keep_whole(session, cpu_options, profile, error);
		profile_destroy(profile);
		profile = filtered;
	}
	return keep_cpu_profile(session, profile, cpu_options, ret);
}

static struct error *finish(struct session *session, const struct arguments *arguments,
	const struct cpu_options *cpu_options, const struct profile_filter *filter,
	struct profile *profile, const struct cpu_statistics *statistics)
{
	const char *output = arguments_value(arguments, "output");
	CLEANUP(shown_profile_deinit) struct shown_profile shown = {0};
	const struct session_profile *kept;
	struct error *error;

	report_cpu_counts(session, cpu_options, statistics);
	if (session->json)
		answer_counts(session, cpu_options, statistics);
	error = keep(session, arguments, cpu_options, filter, profile, &kept);
	if (!error)
		error = shown_profile_init(session, arguments, kept, &shown);
	if (error)
		return error;
	if (output)
		error = file_save(shown.profile, value_type_name(session, arguments), output);
	if (!error)
		error = print_profile_table(session, arguments, shown.profile->profile);
	if (!error)
		report_kept(session, kept, output, NULL);
	if (!error && statistics->end == CPU_END_TARGET_GONE)
		error = gone(session, kept, output);
	return error;
}

/* The second Ctrl-C: what the first one kept is not wanted, either. */
static struct error *discarded(void)
{
	return error_create(ERROR_INTERRUPTED, "interrupted twice: what was sampled is discarded");
}

static struct error *collect(struct session *session, struct attachment *attachment,
	const struct collector *collector, struct cpu_options *cpu_options, struct profile **ret,
	struct cpu_statistics *ret_statistics)
{
	struct watch watch = {progress_begin(session), cpu_options->duration};
	struct error *error;

	cpu_options->interrupted = interrupted;
	cpu_options->progress = show_progress;
	cpu_options->context = &watch;
	error = cpu_options->wall ? collect_wall(collector, cpu_options, ret, ret_statistics)
				  : collect_cpu(collector, cpu_options, ret, ret_statistics);
	progress_end(&watch.progress);
	if (error)
		return error;
	error = name_profile(session, attachment, *ret);
	if (!error && session_key_presses() > 1)
		error = discarded();
	if (error)
		profile_destroy(*ret);
	return error;
}

/* They tell on another machine whether files are the same. */
static void record_build_ids(struct attachment *attachment, struct target *recorder)
{
	char id[ELF_BUILD_ID_TEXT_SIZE];
	size_t count;
	const struct module *modules = module_table_items(attachment->modules, &count);

	for (size_t i = 0; i < count; i++) {
		if (!modules[i].image)
			continue;
		elf_image_build_id_text(modules[i].image, id);
		if (*id)
			recorder_add_build_id(recorder, modules[i].start, id);
	}
}

/* The attachment keeps the target; the recorder stands before it for the while. */
static struct error *collect_recorded(struct session *session, struct attachment *attachment,
	const char *path, struct cpu_options *cpu_options, struct profile **ret,
	struct cpu_statistics *ret_statistics)
{
	struct collector collector = attachment_collector(attachment);
	struct error *error = recorder_create(attachment->target, &collector.target);

	if (error)
		return error;
	error = collect(session, attachment, &collector, cpu_options, ret, ret_statistics);
	if (!error) {
		record_build_ids(attachment, collector.target);
		error = recorder_save(collector.target, path);
		if (error)
			profile_destroy(*ret);
	}
	target_destroy(collector.target);
	return error;
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	const char *snapshot = arguments_value(arguments, "snapshot");
	CLEANUP(cleanup_profile_filter) struct profile_filter *filter = NULL;
	struct cpu_statistics statistics;
	struct cpu_options cpu_options = {0};
	struct attachment *attachment;
	struct profile *profile;
	struct error *error = filter_read(arguments, NULL, &filter);

	if (!error)
		error = session_attachment(session, &attachment);
	if (!error)
		error = read_options(session, arguments, &cpu_options);
	if (!error)
		error = check_output(arguments);
	if (error)
		return error;
	if (snapshot) {
		error = collect_recorded(
			session, attachment, snapshot, &cpu_options, &profile, &statistics);
	} else {
		struct collector collector = attachment_collector(attachment);

		error = collect(
			session, attachment, &collector, &cpu_options, &profile, &statistics);
	}
	return error ? error
		     : finish(session, arguments, &cpu_options, filter, profile, &statistics);
}

const struct command command_cpu = {
	.name = "cpu",
	.group = GROUP_CPU,
	.usage = "[-d TIME] [-r HZ] [-t THREAD] [--only PATTERN] [--ignore PATTERN] "
		 "[--wall] [-o FILE]",
	.summary = "sample where the CPU time goes",
	.description =
		"Stops threads that use CPU, each for the copy of its registers and stack, at "
		"random intervals around 1/HZ. The CPU time that the kernel charged to a thread is "
		"divided among its samples, each of which weighs as much as the time since the "
		"look before, whatever the thread did in it: so short bursts have their share, "
		"too, and "
		"the total is the kernel's. What threads without a sample used is shown as [not "
		"sampled]. A frame such as write(2) is the "
		"system call that the thread was in.\n\n"
		"With --wall the time is that on the clock, of every thread, also of those that "
		"wait: a "
		"sample stands for the time since the last one of its thread. A thread that sleeps "
		"is "
		"looked at once for each time that it goes to sleep, and without a stop wherever "
		"that "
		"shows its stack; where it has to be stopped, what it waits in goes on as if "
		"nothing "
		"had been.\n\n"
		"Code that the program makes while it runs has the names and lines of the "
		"jit-PID.dump that its runtime maps, as node --perf-prof does, or else those that "
		"it writes to /tmp/perf-PID.map, which must belong to the user of the process or "
		"to root: "
		"node --perf-basic-prof (with --interpreted-frames-native-stack also what is not "
		"compiled), DOTNET_PerfMapEnabled=1, python3 -X perf (3.12), erl "
		"+JPperf true; for a JVM that runs already, jcmd PID Compiler.perfmap (JDK 17) "
		"shortly before.\n\n"
		"Programs in Go, also stripped ones, are followed and named by the table that "
		"their runtime itself goes by, from the stacks of threads to those of goroutines. "
		"A stack that could be followed no further gets a root such as [truncated: "
		"continues on another stack]; how many did, and why, is said at the "
		"end.\n\n" FILTER_HELP " -t has no other thread sampled.\n\n" NAMING_HELP
		"\n\n" VIEW_HELP
		" The profile that is kept is whole all the same. What has no name, "
		"and why, tells `names`.\n\n"
		"Ctrl-C ends it early and keeps what there is. The profile is kept as @1, @2, ...; "
		"-o saves it as well: " FILE_FORMATS ".",
	.examples = (const char *const[]){"cpu", "cpu -d 30 -r 999 -o cpu.pb.gz",
		"cpu -d 5 -o cpu.svg", "cpu -t worker-3", "cpu --ignore-leaf libc --per-thread",
		"cpu --wall -d 5  # what it waits for", NULL},
	.options = options,
	.takes_interrupts = true,
	.repeatable = true,
	.prints_json = true,
	.run = run,
};
