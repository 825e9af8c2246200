#include "collect/cpu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/scheduling.h"
#include "collect/look.h"
#include "collect/rest.h"
#include "collect/sampling.h"
#include "collect/shares.h"
#include "collect/stack_recorder.h"
#include "collect/thread_times.h"
#include "profile/addition.h"

#define TIME_VALUE 1 /* the place of the time among a sample's values */

struct cpu_capture {
	const struct collector *collector;
	const struct cpu_options *options;
	struct cpu_statistics statistics;
	struct pauses pauses;
	struct profile *profile; /* the time of a sample is its weight */
	struct shares shares;
	struct stack_recorder recorder;
	struct looker looker;
	struct thread_times times;
	struct thread_indexes due, batch;
	struct capture captures[CAPTURE_BATCH_MAX];
	uint64_t process_base;
	struct pace pace;
	uint64_t next_round;    /* when it is; 0: not drawn yet */
	uint64_t interval;      /* from the round before to this one: a sample's weight, ns */
	uint64_t recorded_time; /* of the round before, where rounds are those of a recording */
};

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
	stack_wish_more(&thread->wish, unwound);
	statistics->samples++;
	statistics->by_frame_pointer += unwound->by_frame_pointer;
	statistics->held_total += captured->held;
	if (captured->held > statistics->held_longest)
		statistics->held_longest = captured->held;
	pauses_add(&capture->pauses, captured->held);
	call = look_system_call(&capture->looker, captured);
	error = stack_recorder_add(&capture->recorder, unwound, call, 'R', &stack);
	return error ? error : add_sample(capture, thread, stack, call >= 0);
}

static struct error *settle_all(struct cpu_capture *capture)
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

static void ask_for_batch(struct cpu_capture *capture)
{
	for (size_t i = 0; i < capture->batch.count; i++) {
		const struct timed_thread *thread =
			&capture->times.threads.items[capture->batch.items[i]];

		capture->captures[i] = (struct capture){
			.thread = thread->id,
			.running_only = true,
		};
		looker_fill_capture(&capture->looker, &thread->wish, &capture->captures[i]);
	}
}

/* The next of those that are due, from *at on. */
static struct error *fill_batch(struct cpu_capture *capture, size_t *at)
{
	struct error *error = NULL;

	capture->batch.count = 0;
	for (; !error && *at < capture->due.count && capture->batch.count < CAPTURE_BATCH_MAX;
		++*at)
		error = thread_indexes_append(&capture->batch, capture->due.items[*at]);
	return error;
}

/* Rounds of a recording, or of one that is being made, are at the times that it has. */
static void note_round(struct cpu_capture *capture)
{
	uint64_t now = target_now(capture->collector->target);

	if (!capture->times.all_at_once)
		return;
	capture->interval = now > capture->recorded_time ? now - capture->recorded_time : 0;
	capture->recorded_time = now;
}

/* Captures first, then reads what the kernel has charged up to here: what they have a share of. */
static struct error *run_batch(struct cpu_capture *capture, uint64_t time)
{
	struct error *error;

	ask_for_batch(capture);
	error = target_capture(
		capture->collector->target, time, capture->captures, capture->batch.count);
	if (!error && time)
		note_round(capture);
	if (!error)
		error = capture->due.count <= CAPTURE_BATCH_MAX
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
		error = fill_batch(capture, &at);
		if (!error)
			error = run_batch(capture, time);
		time = 0;
	}
	if (!error && at > CAPTURE_BATCH_MAX && !capture->times.all_at_once)
		error = thread_times_update(&capture->times, &capture->batch);
	return error;
}

static struct error *wait_idle(struct cpu_capture *capture, uint64_t time)
{
	struct error *error = target_wait_until(capture->collector->target, time);

	note_round(capture);
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

static struct error *run_round(struct cpu_capture *capture, uint64_t time)
{
	struct error *error;

	capture->statistics.rounds++;
	capture->due.count = 0;
	error = thread_times_due(&capture->times, &capture->due);
	if (!error)
		error = capture->due.count ? run_batches(capture, time) : wait_idle(capture, time);
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

static void plan_round(struct cpu_capture *capture)
{
	uint64_t before = capture->pace.next;

	capture->next_round = pace_next(&capture->pace);
	capture->interval = capture->next_round - before;
}

/* A round that is due later is kept for later. */
static struct error *run_rounds(struct cpu_capture *capture, uint64_t until)
{
	struct cpu_statistics *statistics = &capture->statistics;
	struct error *error = NULL;
	bool over = false;

	while (!error) {
		over = sampling_is_over(capture->options, &capture->pace, statistics);
		if (over)
			break;
		if (!capture->next_round)
			plan_round(capture);
		if (capture->next_round > until) {
			error = target_wait_until(capture->collector->target, until);
			statistics->elapsed = pace_elapsed(&capture->pace);
			break;
		}
		error = run_round(capture, capture->next_round);
		capture->next_round = 0;
		take_total(capture, capture->times.process_total);
	}
	/* In between, as often as thread_times.c thinks right. */
	if (over)
		error = update_process(capture);
	return sampling_take_end(error, statistics);
}

/* What the kernel charged and no sample has a share of. */
static struct error *account_for_rest(const struct cpu_capture *capture, struct profile *profile)
{
	uint64_t process = capture->statistics.cpu_time;
	uint64_t threads = shares_charged(&capture->shares);
	struct error *error = rest_add_sets(profile, &capture->shares, capture->profile);

	if (!error && process > threads && !capture->options->thread)
		error = rest_add(profile, "[threads that ended]", 0, process - threads);
	return error;
}

/* What samples stand for so far takes the place of their weights: in the values of the profile. */
static void deal_out(struct cpu_capture *capture, struct profile_values *values)
{
	const struct profile *profile = capture->profile;
	struct cpu_statistics *statistics = &capture->statistics;

	if (values->count)
		shares_deal(&capture->shares, profile->samples.items, profile->samples.count,
			values->items + TIME_VALUE, profile->value_types.count);
	statistics->sampled_time = shares_sampled(&capture->shares);
	statistics->system_time = shares_in_calls(&capture->shares);
}

/* The capture itself stays as it is. */
static struct error *finish_profile(const struct cpu_capture *capture, struct profile *profile)
{
	struct error *error = account_for_rest(capture, profile);

	profile->duration = (int64_t)capture->statistics.elapsed;
	return error ? error
		     : sampling_add_comments(profile, capture->options, &capture->statistics);
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
	capture->recorded_time = target_now(collector->target);
	pace_start(&capture->pace, collector->target, capture->options->rate,
		capture->options->duration);
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

const struct profile *cpu_capture_profile(const struct cpu_capture *capture)
{
	return capture->profile;
}

const struct cpu_statistics *cpu_capture_statistics(const struct cpu_capture *capture)
{
	return &capture->statistics;
}

const struct pauses *cpu_capture_pauses(const struct cpu_capture *capture)
{
	return &capture->pauses;
}

size_t cpu_capture_thread_count(const struct cpu_capture *capture)
{
	return capture->times.threads.count;
}

struct error *cpu_capture_skip(struct cpu_capture *capture)
{
	struct error *error = thread_times_skip(&capture->times);

	pace_skip(&capture->pace, pace_elapsed(&capture->pace) - capture->statistics.elapsed);
	capture->next_round = 0;
	capture->recorded_time = target_now(capture->collector->target);
	capture->process_base = capture->times.process_total - capture->statistics.cpu_time;
	if (!error)
		error = drop_ended(capture);
	return sampling_take_end(error, &capture->statistics);
}

struct error *cpu_capture_charged(struct cpu_capture *capture, struct profile_values *ret)
{
	const struct share_array *sets = &capture->shares.sets;
	struct error *error = settle_all(capture);

	if (!error)
		error = profile_values_reserve(ret, sets->count);
	if (error)
		return error;
	for (ret->count = 0; ret->count < sets->count; ret->count++)
		ret->items[ret->count] = (int64_t)sets->items[ret->count].charged;
	return NULL;
}

/* The capture's profile, of which the time of each sample is what it stands for. */
static struct error *add_dealt(struct cpu_capture *capture, struct profile *copy)
{
	static const struct profile_addition all = {0};
	CLEANUP(profile_values_deinit) struct profile_values values = {0};
	struct profile view = *capture->profile;
	struct error *error = profile_values_reserve(&values, view.values.count);

	if (error)
		return error;
	if (view.values.count)
		memcpy(values.items, view.values.items, view.values.count * sizeof(*values.items));
	values.count = view.values.count;
	deal_out(capture, &values);
	view.values = values;
	return profile_add(copy, &view, &all);
}

struct error *cpu_capture_copy(struct cpu_capture *capture, struct profile **ret)
{
	CLEANUP(cleanup_profile) struct profile *copy = NULL;
	struct error *error = profile_create(&copy);

	if (!error)
		error = sampling_prepare(copy, "cpu", capture->options);
	if (!error) {
		copy->time = capture->profile->time;
		error = settle_all(capture);
	}
	if (!error)
		error = add_dealt(capture, copy);
	if (!error)
		error = finish_profile(capture, copy);
	if (!error)
		*ret = TAKE_POINTER(copy);
	return error;
}

struct error *collect_cpu(const struct collector *collector, const struct cpu_options *options,
	struct profile **ret, struct cpu_statistics *ret_statistics)
{
	struct cpu_capture *capture = NULL;
	struct error *error = cpu_capture_create(collector, options, &capture);

	*ret_statistics = (struct cpu_statistics){0};
	if (!error)
		error = cpu_capture_run(capture, UINT64_MAX);
	if (!error)
		error = settle_all(capture);
	if (!error) {
		deal_out(capture, &capture->profile->values);
		error = finish_profile(capture, capture->profile);
	}
	if (!error) {
		*ret = TAKE_POINTER(capture->profile);
		*ret_statistics = capture->statistics;
	}
	cpu_capture_destroy(capture);
	return error;
}
