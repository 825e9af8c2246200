#include "collect/cpu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/scheduling.h"
#include "collect/look.h"
#include "collect/sampling.h"
#include "collect/stack_recorder.h"

#define FIRST_STACK_COPY (16 * 1024)

/* A thread that was seen during the capture. */
struct tracked_thread {
	pid_t id;
	char name[16];
	bool wanted;      /* by the filter */
	uint64_t base;    /* its CPU time when the capture began, or 0 if it came later */
	uint64_t charged; /* its CPU time that is accounted for */
	uint64_t latest;  /* its CPU time as last read */
	bool ran;         /* its CPU time had grown when it was last read */
	bool present;     /* it was there when threads were listed last */
	size_t stack_wanted;
};
ARRAY_DEFINE(tracked_threads, struct tracked_thread)

struct cpu_capture {
	const struct collector *collector;
	const struct cpu_options *options;
	struct cpu_statistics *statistics;
	struct profile *profile;
	struct stack_recorder recorder;
	struct looker looker;
	struct tracked_threads threads;
	size_t next_tracked; /* index of the thread that is probably looked for next */
	struct thread_array listed;
	struct capture captures[CAPTURE_BATCH_MAX];
	size_t batch[CAPTURE_BATCH_MAX]; /* indexes of threads */
	size_t batch_count;
	uint64_t process_base;
	uint64_t ended; /* CPU time of threads that have ended, as far as it was seen */
	struct pace pace;
};

static bool matches_filter(const struct cpu_options *options, const struct tracked_thread *thread)
{
	return !options->thread || thread_is_meant(options->thread, thread->id, thread->name);
}

static struct tracked_thread *find_tracked(struct cpu_capture *capture, pid_t id)
{
	/* Listings are sorted, so that what is looked for next is mostly the next one. */
	for (size_t i = 0; i < capture->threads.count; i++) {
		size_t index = (capture->next_tracked + i) % capture->threads.count;

		if (capture->threads.items[index].id != id)
			continue;
		capture->next_tracked = index + 1;
		return &capture->threads.items[index];
	}
	return NULL;
}

/* A thread that comes during the capture has had no CPU before it. */
static struct error *track(struct cpu_capture *capture, const struct thread *listed, bool at_start)
{
	struct target *target = capture->collector->target;
	struct tracked_thread thread = {
		.id = listed->id,
		.base = at_start ? listed->cpu_time : 0,
		.charged = at_start ? listed->cpu_time : 0,
		.latest = listed->cpu_time,
		.present = true,
		.stack_wanted = FIRST_STACK_COPY,
	};
	struct thread_status status;

	if (target_thread_status(target, listed->id, &status))
		memcpy(thread.name, status.name, sizeof(thread.name));
	thread.wanted = matches_filter(capture->options, &thread);
	return tracked_threads_append(&capture->threads, thread);
}

/* Reads all CPU times; new threads are tracked. */
static struct error *update_threads(struct cpu_capture *capture, bool at_start)
{
	struct error *error;

	capture->listed.count = 0;
	ARRAY_FOR_EACH (thread, &capture->threads)
		thread->present = false;
	error = target_list_threads(capture->collector->target, &capture->listed);
	for (size_t i = 0; !error && i < capture->listed.count; i++) {
		const struct thread *listed = &capture->listed.items[i];
		struct tracked_thread *thread = find_tracked(capture, listed->id);

		if (!thread) {
			error = track(capture, listed, at_start);
			continue;
		}
		thread->present = true;
		thread->ran = listed->cpu_time > thread->latest;
		if (thread->ran)
			thread->latest = listed->cpu_time;
	}
	return error;
}

static struct error *add_sample(
	struct cpu_capture *capture, struct tracked_thread *thread, uint32_t stack, int64_t count)
{
	int64_t values[] = {count, (int64_t)(thread->latest - thread->charged)};
	struct error *error;
	uint32_t labels;

	error = sampling_label(
		capture->profile, capture->statistics, thread->name, thread->id, &labels);
	if (!error)
		error = profile_add_sample(capture->profile, stack, labels, values);
	if (!error)
		thread->charged = thread->latest;
	return error;
}

static struct error *unwind_capture(struct cpu_capture *capture, const struct capture *captured)
{
	struct error *error = look_at_capture(&capture->looker, captured);

	if (capture->looker.modules_changed)
		stack_recorder_modules_changed(&capture->recorder);
	capture->looker.modules_changed = false;
	return error;
}

static struct error *take_capture(
	struct cpu_capture *capture, const struct capture *captured, struct tracked_thread *thread)
{
	struct cpu_statistics *statistics = capture->statistics;
	const struct unwind_result *unwound = &capture->looker.unwound;
	struct error *error;
	uint32_t stack;

	if (captured->outcome == CAPTURE_ASLEEP)
		return NULL;
	if (captured->outcome != CAPTURE_DONE) {
		/* Nothing is lost of a thread that has used no CPU since its last sample. */
		if (thread->latest > thread->charged)
			statistics->lost[captured->outcome]++;
		return NULL;
	}
	error = unwind_capture(capture, captured);
	if (error)
		return error;
	if (unwound->end != UNWIND_COMPLETE)
		statistics->truncated[unwound->end]++;
	if (unwound->end == UNWIND_STACK_TOO_SHORT && thread->stack_wanted < CAPTURE_STACK_MAX)
		thread->stack_wanted *= 2;
	statistics->samples++;
	statistics->by_frame_pointer += unwound->by_frame_pointer;
	statistics->sampled_time += thread->latest - thread->charged;
	if (captured->system_call >= 0)
		statistics->system_time += thread->latest - thread->charged;
	statistics->held_total += captured->held;
	if (captured->held > statistics->held_longest)
		statistics->held_longest = captured->held;
	error = stack_recorder_add(&capture->recorder, unwound, captured->system_call, 'R', &stack);
	return error ? error : add_sample(capture, thread, stack, 1);
}

static struct error *add_rest(struct cpu_capture *capture, const char *name, uint64_t time)
{
	int64_t values[] = {0, (int64_t)time};
	struct error *error;
	uint32_t stack;

	error = stack_recorder_add_named(&capture->recorder, name, &stack);
	return error ? error : profile_add_sample(capture->profile, stack, 0, values);
}

static struct error *add_not_sampled(struct cpu_capture *capture, struct tracked_thread *thread)
{
	struct error *error;
	uint32_t stack;

	if (!thread->wanted || thread->latest <= thread->charged)
		return NULL;
	error = stack_recorder_add_named(&capture->recorder, "[not sampled]", &stack);
	return error ? error : add_sample(capture, thread, stack, 0);
}

/* They use no more: what is known of them is settled. */
static struct error *drop_ended(struct cpu_capture *capture)
{
	struct error *error = NULL;
	size_t kept = 0;

	ARRAY_FOR_EACH (thread, &capture->threads) {
		if (thread->present) {
			capture->threads.items[kept++] = *thread;
			continue;
		}
		capture->ended += thread->latest - thread->base;
		if (!error)
			error = add_not_sampled(capture, thread);
	}
	capture->threads.count = kept;
	return error;
}

static void fill_batch(struct cpu_capture *capture)
{
	for (size_t i = 0; i < capture->batch_count; i++) {
		const struct tracked_thread *thread = &capture->threads.items[capture->batch[i]];

		capture->captures[i] = (struct capture){
			.thread = thread->id,
			.stack_wanted = thread->stack_wanted,
			.running_only = true,
		};
	}
}

/* Captures first, then reads what the kernel has charged up to here: that is what they stand for.
 */
static struct error *run_batch(struct cpu_capture *capture, uint64_t time)
{
	struct error *error;

	fill_batch(capture);
	error = target_capture(
		capture->collector->target, time, capture->captures, capture->batch_count);
	if (!error)
		error = update_threads(capture, false);
	for (size_t i = 0; !error && i < capture->batch_count; i++)
		error = take_capture(
			capture, &capture->captures[i], &capture->threads.items[capture->batch[i]]);
	return error;
}

/* The next threads, from *at on, that have had some CPU lately, or since their last sample. */
static void choose_batch(struct cpu_capture *capture, size_t *at)
{
	capture->batch_count = 0;
	while (*at < capture->threads.count && capture->batch_count < CAPTURE_BATCH_MAX) {
		const struct tracked_thread *thread = &capture->threads.items[*at];

		if (thread->wanted && thread->present &&
			(thread->ran || thread->latest > thread->charged))
			capture->batch[capture->batch_count++] = *at;
		++*at;
	}
}

static struct error *wait_idle(struct cpu_capture *capture, uint64_t time)
{
	struct error *error = target_wait_until(capture->collector->target, time);

	return error ? error : update_threads(capture, false);
}

static struct error *run_round(struct cpu_capture *capture, uint64_t time)
{
	struct error *error;
	size_t at = 0;

	capture->statistics->rounds++;
	choose_batch(capture, &at);
	if (!capture->batch_count) {
		error = wait_idle(capture, time);
		return error ? error : drop_ended(capture);
	}
	error = run_batch(capture, time);
	for (choose_batch(capture, &at); !error && capture->batch_count; choose_batch(capture, &at))
		error = run_batch(capture, 0);
	return error ? error : drop_ended(capture);
}

static struct error *run_rounds(struct cpu_capture *capture)
{
	struct cpu_statistics *statistics = capture->statistics;
	struct error *error = NULL;

	while (!error && !sampling_is_over(capture->options, &capture->pace, statistics)) {
		error = run_round(capture, pace_next(&capture->pace));
		if (!error)
			error = target_cpu_time(capture->collector->target, &statistics->cpu_time);
	}
	return sampling_take_end(error, statistics);
}

/* What the kernel charged and no sample stands for. */
static struct error *account_for_rest(struct cpu_capture *capture)
{
	uint64_t last = capture->statistics->cpu_time;
	uint64_t process = last > capture->process_base ? last - capture->process_base : 0;
	uint64_t threads = capture->ended;
	struct error *error = NULL;

	ARRAY_FOR_EACH (thread, &capture->threads) {
		threads += thread->latest - thread->base;
		if (!error)
			error = add_not_sampled(capture, thread);
	}
	if (!error && process > threads && !capture->options->thread)
		error = add_rest(capture, "[threads that ended]", process - threads);
	capture->statistics->cpu_time = process;
	return error;
}

static struct error *prepare(struct cpu_capture *capture)
{
	const struct collector *collector = capture->collector;
	struct error *error = sampling_prepare(capture->profile, "cpu", capture->options);
	bool changed;

	if (!error)
		error = collector_refresh(collector, &changed);
	if (!error)
		error = stack_recorder_init(&capture->recorder, capture->profile,
			collector->modules, collector->target->identity.executable);
	if (!error)
		error = target_cpu_time(collector->target, &capture->process_base);
	if (!error)
		error = update_threads(capture, true);
	capture->statistics->cpu_time = capture->process_base;
	pace_start(&capture->pace, collector->target, capture->options->rate,
		capture->options->duration);
	return error;
}

static struct error *check_filter(const struct cpu_capture *capture)
{
	if (!capture->options->thread)
		return NULL;
	ARRAY_FOR_EACH (thread, &capture->threads)
		if (thread->wanted)
			return NULL;
	return collector_no_thread(capture->options->thread);
}

static struct error *capture_all(struct cpu_capture *capture)
{
	struct error *error = prepare(capture);
	struct scheduling former;

	if (!error)
		error = check_filter(capture);
	if (!error) {
		scheduling_raise(&former);
		error = run_rounds(capture);
		scheduling_restore(&former);
	}
	if (!error)
		error = account_for_rest(capture);
	capture->profile->duration = (int64_t)capture->statistics->elapsed;
	return error ? error
		     : sampling_add_comments(
			       capture->profile, capture->options, capture->statistics);
}

struct error *collect_cpu(const struct collector *collector, const struct cpu_options *options,
	struct profile **ret, struct cpu_statistics *ret_statistics)
{
	struct cpu_capture *capture = calloc(1, sizeof(*capture));
	struct error *error;

	if (!capture)
		return &error_no_memory;
	*ret_statistics = (struct cpu_statistics){0};
	capture->collector = collector;
	capture->options = options;
	capture->statistics = ret_statistics;
	looker_init(&capture->looker, collector);
	error = profile_create(&capture->profile);
	if (!error)
		error = capture_all(capture);
	if (!error)
		*ret = TAKE_POINTER(capture->profile);
	profile_destroy(capture->profile);
	stack_recorder_deinit(&capture->recorder);
	looker_deinit(&capture->looker);
	tracked_threads_deinit(&capture->threads);
	thread_array_deinit(&capture->listed);
	free(capture);
	return error;
}
