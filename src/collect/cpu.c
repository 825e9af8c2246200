#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/scheduling.h"
#include "collect/cpu_capture.h"
#include "collect/sampling.h"

/* That of its first sample, also when the numbers of later threads are left out. */
static struct error *find_label(struct cpu_capture *capture, struct timed_thread *thread)
{
	struct error *error;

	if (thread->labelled)
		return NULL;
	error = sampling_label(
		capture->profile, &capture->statistics, thread->name, thread->id, &thread->labels);
	thread->labelled = !error;
	return error;
}

static struct error *settle(struct cpu_capture *capture, struct timed_thread *thread)
{
	struct error *error;

	if (!thread->wanted || thread->latest <= thread->base)
		return NULL;
	error = find_label(capture, thread);
	if (!error)
		error = shares_charge(
			&capture->shares, thread->labels, thread->latest - thread->base);
	if (!error)
		thread->base = thread->latest;
	return error;
}

/* Its later samples and their time together are nobody's. */
static struct error *leave_out_thread(struct cpu_capture *capture, struct timed_thread *thread)
{
	struct error *error = settle(capture, thread);

	capture->statistics.threads_left_out = true;
	thread->labels = 0;
	return error;
}

static struct error *add_sample(
	struct cpu_capture *capture, struct timed_thread *thread, uint32_t stack, bool in_call)
{
	int64_t values[] = {1, (int64_t)capture->interval};
	struct error *error = find_label(capture, thread);

	if (!error && !sampling_has_room(capture->profile, stack, thread->labels))
		error = leave_out_thread(capture, thread);
	if (!error)
		error = shares_give(&capture->shares, thread->labels, capture->interval, in_call);
	if (!error)
		error = profile_add_sample(capture->profile, stack, thread->labels, values);
	if (!error)
		thread->sampled = thread->latest;
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
	struct cpu_capture *capture, const struct capture *captured, struct timed_thread *thread)
{
	struct cpu_statistics *statistics = &capture->statistics;
	const struct unwind_result *unwound = &capture->looker.unwound;
	struct error *error;
	int64_t call;
	uint32_t stack;

	if (captured->outcome == CAPTURE_ASLEEP)
		return NULL;
	if (captured->outcome != CAPTURE_DONE) {
		/* Nothing is lost of a thread that has used no CPU since its last sample. */
		if (thread->latest > thread->sampled)
			statistics->lost[captured->outcome]++;
		return NULL;
	}
	error = unwind_capture(capture, captured);
	if (error)
		return error;
	if (unwound->end != UNWIND_COMPLETE)
		statistics->truncated[unwound->end]++;
	capture->wishes_more |= stack_wish_more(&thread->wish, unwound);
	if (!unwound->on_other_stack)
		stack_wish_fit(&thread->wish, &thread->need,
			unwound->reached - captured->stack_address,
			unwound->end == UNWIND_COMPLETE);
	statistics->samples++;
	statistics->by_frame_pointer += unwound->by_frame_pointer;
	statistics->held_total += captured->held;
	if (captured->held > statistics->held_longest)
		statistics->held_longest = captured->held;
	pauses_add(&statistics->pauses, captured->held);
	call = look_system_call(&capture->looker, captured);
	error = stack_recorder_add(&capture->recorder, unwound, call, 'R', &stack);
	return error ? error : add_sample(capture, thread, stack, call >= 0);
}

struct error *cpu_capture_settle(struct cpu_capture *capture)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (thread, &capture->times.threads)
		if (!error)
			error = settle(capture, thread);
	return error;
}

/* They use no more: what is known of them is settled. */
static struct error *drop_ended(struct cpu_capture *capture)
{
	struct error *error = NULL;

	if (capture->times.some_ended)
		ARRAY_FOR_EACH (thread, &capture->times.threads)
			if (!error && !thread->present)
				error = settle(capture, thread);
	return error ? error : thread_times_sort(&capture->times);
}

static struct error *ask_for(struct cpu_capture *capture, size_t index)
{
	const struct timed_thread *thread = &capture->times.threads.items[index];
	struct capture *asked = &capture->captures[capture->batch.count];

	*asked = (struct capture){.thread = thread->id, .running_only = true};
	looker_fill_capture(&capture->looker, &thread->wish, asked);
	return thread_indexes_append(&capture->batch, index);
}

/* The next of those that are due, from *at on, as many as there is room for. */
static struct error *ask_for_batch(struct cpu_capture *capture, size_t *at)
{
	struct error *error = NULL;
	size_t wishes = 0;

	capture->batch.count = 0;
	while (!error && *at < capture->due.count && capture->batch.count < CAPTURE_BATCH_MAX &&
		wishes + CAPTURE_WISH_MAX <= CAPTURE_WISHES_MAX) {
		size_t number = capture->batch.count;

		error = ask_for(capture, capture->due.items[(*at)++]);
		wishes += stack_wish_size(&capture->captures[number].wish);
	}
	return error;
}

/* Rounds of a recording, or of one that is being made, are at the times that it has. */
static void note_round(struct cpu_capture *capture, uint64_t time)
{
	if (capture->times.all_at_once)
		time = target_now(capture->collector->target);
	capture->interval = time > capture->last_round ? time - capture->last_round : 0;
	capture->last_round = time;
}

/* Those that ran go on, and are read afterwards. */
static void note_times(struct cpu_capture *capture, uint64_t when)
{
	for (size_t i = 0; i < capture->batch.count; i++)
		if (capture->captures[i].cpu_time && capture->captures[i].outcome == CAPTURE_ASLEEP)
			thread_times_note(&capture->times, capture->batch.items[i],
				capture->captures[i].cpu_time, when);
}

/* Captures first, then reads what the kernel has charged up to here: what they have a share of. */
static struct error *run_batch(struct cpu_capture *capture, uint64_t time)
{
	uint64_t begun = time ? time : target_now(capture->collector->target);
	struct error *error;

	error = target_capture(
		capture->collector->target, time, capture->captures, capture->batch.count);
	if (!error && time)
		note_round(capture, time);
	if (!error)
		note_times(capture, begun);
	if (!error)
		error = capture->batch.count == capture->due.count
				? thread_times_update(&capture->times, &capture->batch)
				: thread_times_read(&capture->times, &capture->batch);
	for (size_t i = 0; !error && i < capture->batch.count; i++)
		error = take_capture(capture, &capture->captures[i],
			&capture->times.threads.items[capture->batch.items[i]]);
	return error;
}

static struct error *run_batches(struct cpu_capture *capture, uint64_t time)
{
	struct error *error = NULL;
	size_t at = 0;

	while (!error && at < capture->due.count) {
		error = ask_for_batch(capture, &at);
		if (!error)
			error = run_batch(capture, time);
		time = 0;
	}
	if (!error && capture->batch.count < at && !capture->times.all_at_once)
		error = thread_times_update(&capture->times, &capture->batch);
	return error;
}

/* The next stack is to be copied whole, and new threads are to be looked at, as soon as can be. */
static void pace_series(struct cpu_capture *capture)
{
	series_pace(
		&capture->series, !capture->wishes_more && thread_times_are_calm(&capture->times));
	capture->wishes_more = false;
}

static struct timed_thread *find_in_batch(struct cpu_capture *capture, pid_t thread)
{
	for (size_t i = 0; i < capture->batch.count; i++)
		if (capture->captures[i].thread == thread)
			return &capture->times.threads.items[capture->batch.items[i]];
	return NULL;
}

static struct error *take_series(struct cpu_capture *capture)
{
	const struct capture_series *captured = &capture->series.captured;
	struct error *error = NULL;

	for (size_t i = 0; !error && i < captured->count; i++) {
		const struct series_capture *taken = &captured->captures[i];

		capture->interval =
			series_interval(&capture->series, taken->round, capture->last_round);
		error = take_capture(
			capture, &taken->capture, find_in_batch(capture, taken->capture.thread));
	}
	if (captured->rounds_done)
		capture->last_round = captured->times[captured->rounds_done - 1];
	return error;
}

static struct error *run_series(struct cpu_capture *capture, uint64_t until)
{
	struct capture_series *captured = &capture->series.captured;
	size_t at = 0;
	struct error *error = ask_for_batch(capture, &at);

	if (error)
		return error;
	series_draw(&capture->series, &capture->pace, &capture->next_round, until);
	captured->threads = capture->captures;
	captured->thread_count = capture->batch.count;
	error = target_capture_series(capture->collector->target, captured);
	if (error)
		return error;
	series_undraw(&capture->series, &capture->pace, &capture->next_round);
	capture->statistics.rounds += captured->rounds_done;
	error = thread_times_update(&capture->times, &capture->batch);
	return error ? error : take_series(capture);
}

static struct error *wait_idle(struct cpu_capture *capture, uint64_t time)
{
	struct error *error = target_wait_until(capture->collector->target, time);

	note_round(capture, time);
	capture->batch.count = 0;
	return error ? error : thread_times_update(&capture->times, &capture->batch);
}

/* Who came since the last round may be gone by the next one. */
static struct error *run_newcomers(struct cpu_capture *capture)
{
	struct error *error;

	capture->due.count = 0;
	error = thread_times_new(&capture->times, &capture->due);
	return error ? error : run_batches(capture, 0);
}

static struct error *run_round(struct cpu_capture *capture)
{
	uint64_t time = capture->next_round;

	capture->statistics.rounds++;
	capture->next_round = 0;
	return capture->due.count ? run_batches(capture, time) : wait_idle(capture, time);
}

static struct error *run_next(struct cpu_capture *capture, uint64_t until)
{
	struct error *error;

	capture->due.count = 0;
	error = thread_times_due(&capture->times, &capture->due);
	if (!error)
		error = series_is_due(
				&capture->series, capture->collector->target, capture->due.count)
				? run_series(capture, until)
				: run_round(capture);
	pace_series(capture);
	if (!error)
		error = run_newcomers(capture);
	return error ? error : drop_ended(capture);
}

static void take_total(struct cpu_capture *capture, uint64_t total)
{
	if (total > capture->process_base)
		capture->statistics.cpu_time = total - capture->process_base;
}

static struct error *update_process(struct cpu_capture *capture)
{
	uint64_t now = 0;
	struct error *error = target_cpu_time(capture->collector->target, &now);

	take_total(capture, now);
	return error;
}

/* A round that is due later is kept for later. */
static struct error *run_rounds(struct cpu_capture *capture, uint64_t until)
{
	struct cpu_statistics *statistics = &capture->statistics;
	struct error *error = NULL;
	bool over = false;

	while (!error) {
		statistics->threads = cpu_capture_thread_count(capture);
		over = sampling_is_over(capture->options, &capture->pace, statistics);
		if (over)
			break;
		if (!capture->next_round)
			capture->next_round = pace_next(&capture->pace);
		if (capture->next_round > until) {
			error = target_wait_until(capture->collector->target, until);
			statistics->elapsed = pace_elapsed(&capture->pace);
			break;
		}
		error = run_next(capture, until);
		take_total(capture, capture->times.process_total);
	}
	/* In between, as often as thread_times.c thinks right. */
	if (over)
		error = update_process(capture);
	return sampling_take_end(error, statistics);
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
		looker_prepare(&capture->looker);
	if (!error)
		error = thread_times_begin(
			&capture->times, collector->target, capture->options->thread);
	capture->process_base = capture->times.process_total;
	pace_start(&capture->pace, collector->target, capture->options->rate,
		capture->options->duration);
	capture->last_round = capture->pace.started;
	return error;
}

static struct error *check_filter(const struct cpu_capture *capture)
{
	if (!capture->options->thread)
		return NULL;
	ARRAY_FOR_EACH (thread, &capture->times.threads)
		if (thread->wanted)
			return NULL;
	return collector_no_thread(capture->options->thread);
}

static struct error *begin(struct cpu_capture *capture, const struct collector *collector,
	const struct cpu_options *options)
{
	struct error *error = profile_create(&capture->profile);

	capture->collector = collector;
	capture->options = options;
	looker_init(&capture->looker, collector);
	if (!error)
		error = prepare(capture);
	return error ? error : check_filter(capture);
}

struct error *cpu_capture_run(struct cpu_capture *capture, uint64_t until)
{
	struct scheduling former;
	struct error *error;

	scheduling_hasten(&former);
	error = run_rounds(capture, until);
	scheduling_restore(&former);
	return error;
}

void cpu_capture_destroy(struct cpu_capture *capture)
{
	if (!capture)
		return;
	profile_destroy(capture->profile);
	shares_deinit(&capture->shares);
	stack_recorder_deinit(&capture->recorder);
	looker_deinit(&capture->looker);
	thread_times_deinit(&capture->times);
	thread_indexes_deinit(&capture->due);
	thread_indexes_deinit(&capture->batch);
	free(capture);
}

struct error *cpu_capture_create(const struct collector *collector,
	const struct cpu_options *options, struct cpu_capture **ret)
{
	struct cpu_capture *capture = calloc(1, sizeof(*capture));
	struct error *error;

	if (!capture)
		return &error_no_memory;
	error = begin(capture, collector, options);
	if (error)
		cpu_capture_destroy(capture);
	else
		*ret = capture;
	return error;
}

struct error *cpu_capture_skip(struct cpu_capture *capture)
{
	struct error *error = thread_times_skip(&capture->times);

	pace_skip(&capture->pace, pace_elapsed(&capture->pace) - capture->statistics.elapsed);
	capture->next_round = 0;
	capture->last_round = capture->pace.next;
	capture->process_base = capture->times.process_total - capture->statistics.cpu_time;
	if (!error)
		error = drop_ended(capture);
	return sampling_take_end(error, &capture->statistics);
}
