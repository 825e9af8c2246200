#include "collect/wall.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/scheduling.h"
#include "collect/look.h"
#include "collect/sampling.h"
#include "collect/stack_recorder.h"

/* A stop wakes a thread that sleeps, and then it goes to sleep again. */
#define RUNS_OF_STOP 2

struct wall_thread {
	pid_t id;
	char name[16];
	bool wanted;    /* by the filter */
	bool present;   /* when threads were listed last */
	bool asleep;    /* when it was looked at; as long as runs stays, so does its stack */
	uint64_t runs;  /* how often it had come onto a CPU by then */
	uint64_t since; /* up to when its time is accounted for */
	uint32_t stack; /* what it did, ... */
	int64_t count;  /* ... for so many samples, ... */
	uint64_t time;  /* ... and so long, that are not yet in the profile */
	struct stack_wish wish;
};
ARRAY_DEFINE(wall_threads, struct wall_thread)

#define BATCH_MAX 64

struct wall_capture {
	const struct collector *collector;
	const struct cpu_options *options;
	struct cpu_statistics *statistics;
	struct profile *profile;
	struct stack_recorder recorder;
	struct looker looker;
	struct pace pace;
	struct wall_threads threads; /* by number */
	struct thread_array listed;
	struct capture captures[BATCH_MAX];
	size_t batch[BATCH_MAX]; /* indexes of threads */
	size_t batch_count;
	uint32_t unseen; /* the stack of what could not be looked at */
};

static struct error *flush(struct wall_capture *capture, struct wall_thread *thread)
{
	int64_t values[] = {thread->count, (int64_t)thread->time};
	struct error *error;

	if (!thread->time && !thread->count)
		return NULL;
	error = sampling_add(capture->profile, capture->statistics, thread->name, thread->id,
		thread->stack, values);
	thread->count = 0;
	thread->time = 0;
	return error;
}

/* The thread does what that stack says, and has since it was looked at last. */
static struct error *account(
	struct wall_capture *capture, struct wall_thread *thread, uint32_t stack, uint64_t now)
{
	struct cpu_statistics *statistics = capture->statistics;
	uint64_t time = now > thread->since ? now - thread->since : 0;
	struct error *error = NULL;

	if (stack != thread->stack)
		error = flush(capture, thread);
	thread->stack = stack;
	thread->time += time;
	thread->since = now;
	statistics->cpu_time += time;
	if (stack == capture->unseen)
		return error;
	thread->count++;
	statistics->samples++;
	statistics->sampled_time += time;
	return error;
}

static struct error *record(
	struct wall_capture *capture, const struct look *look, uint32_t *ret_stack)
{
	const struct unwind_result *unwound = &capture->looker.unwound;
	struct cpu_statistics *statistics = capture->statistics;

	if (capture->looker.modules_changed)
		stack_recorder_modules_changed(&capture->recorder);
	capture->looker.modules_changed = false;
	if (unwound->end != UNWIND_COMPLETE)
		statistics->truncated[unwound->end]++;
	statistics->by_frame_pointer += unwound->by_frame_pointer;
	statistics->stops += look->stopped;
	statistics->looks++;
	statistics->held_total += look->held;
	if (look->held > statistics->held_longest)
		statistics->held_longest = look->held;
	if (look->stopped)
		pauses_add(&statistics->pauses, look->held);
	return stack_recorder_add(
		&capture->recorder, unwound, look->system_call, look->state, ret_stack);
}

static struct error *take_look(struct wall_capture *capture, struct wall_thread *thread,
	const struct look *look, uint64_t now)
{
	uint32_t stack = capture->unseen;
	struct error *error = NULL;

	if (look->outcome == CAPTURE_DONE)
		error = record(capture, look, &stack);
	else
		capture->statistics->lost[look->outcome]++;
	return error ? error : account(capture, thread, stack, now);
}

/* Those that run are left for a stop together. */
static struct error *look_at(
	struct wall_capture *capture, size_t index, const struct thread *listed, uint64_t now)
{
	struct wall_thread *thread = &capture->threads.items[index];
	struct look look;
	bool seen;
	struct error *error =
		look_at_sleeper(&capture->looker, thread->id, &thread->wish, &look, &seen);

	if (!error && seen && capture->looker.unwound.end == UNWIND_UNKNOWN)
		error = look_at_thread(&capture->looker, thread->id, &thread->wish, &look);
	if (error)
		return error;
	thread->asleep = seen;
	thread->runs = listed->runs + (seen && look.stopped ? RUNS_OF_STOP : 0);
	if (seen)
		return take_look(capture, thread, &look, now);
	capture->batch[capture->batch_count++] = index;
	return NULL;
}

static struct error *take_capture(struct wall_capture *capture, struct wall_thread *thread,
	const struct capture *captured, uint64_t now)
{
	const struct look look = {
		.outcome = captured->outcome,
		.system_call = look_system_call(&capture->looker, captured),
		.stopped = true,
		.held = captured->held,
	};
	struct error *error = NULL;

	if (look.outcome == CAPTURE_DONE)
		error = look_at_capture(&capture->looker, captured);
	if (!error)
		error = take_look(capture, thread, &look, now);
	if (!error && look.outcome == CAPTURE_DONE)
		stack_wish_more(&thread->wish, &capture->looker.unwound);
	return error;
}

static struct error *stop_batch(struct wall_capture *capture)
{
	struct target *target = capture->collector->target;
	struct error *error;

	if (!capture->batch_count)
		return NULL;
	for (size_t i = 0; i < capture->batch_count; i++) {
		const struct wall_thread *thread = &capture->threads.items[capture->batch[i]];

		capture->captures[i] = (struct capture){.thread = thread->id, .memory = -1};
		looker_fill_capture(&capture->looker, &thread->wish, &capture->captures[i]);
	}
	error = target_capture(target, 0, capture->captures, capture->batch_count);
	uint64_t now = target_now(target);
	for (size_t i = 0; !error && i < capture->batch_count; i++)
		error = take_capture(capture, &capture->threads.items[capture->batch[i]],
			&capture->captures[i], now);
	capture->batch_count = 0;
	return error;
}

static struct error *track(struct wall_capture *capture, pid_t id, uint64_t now)
{
	struct wall_thread thread = {
		.id = id,
		.present = true,
		.since = now,
		.stack = capture->unseen,
		.wish = STACK_WISH_FIRST,
	};
	struct thread_status status;

	if (target_thread_status(capture->collector->target, id, &status))
		memcpy(thread.name, status.name, sizeof(thread.name));
	thread.wanted = !capture->options->thread ||
			thread_is_meant(capture->options->thread, id, thread.name);
	return wall_threads_append(&capture->threads, thread);
}

static int compare_ids(const void *left, const void *right)
{
	const struct wall_thread *a = left, *b = right;

	return (a->id > b->id) - (a->id < b->id);
}

static struct wall_thread *find(struct wall_capture *capture, size_t count, pid_t id)
{
	const struct wall_thread key = {.id = id};

	if (!count)
		return NULL;
	return bsearch(&key, capture->threads.items, count, sizeof(key), compare_ids);
}

static struct error *drop_ended(struct wall_capture *capture)
{
	struct error *error = NULL;
	size_t kept = 0;

	ARRAY_FOR_EACH (thread, &capture->threads) {
		if (thread->present)
			capture->threads.items[kept++] = *thread;
		else if (!error)
			error = flush(capture, thread);
	}
	capture->threads.count = kept;
	return error;
}

/* Those that have gone are settled, those that are new are known from now on. */
static struct error *update_threads(struct wall_capture *capture, uint64_t now)
{
	size_t known = capture->threads.count;
	struct error *error;

	ARRAY_FOR_EACH (thread, &capture->threads)
		thread->present = false;
	capture->listed.count = 0;
	error = target_list_threads(capture->collector->target, &capture->listed);
	capture->statistics->threads = capture->listed.count;
	for (size_t i = 0; !error && i < capture->listed.count; i++) {
		struct wall_thread *thread = find(capture, known, capture->listed.items[i].id);

		if (thread)
			thread->present = true;
		else
			error = track(capture, capture->listed.items[i].id, now);
	}
	bool any_new = capture->threads.count > known;
	if (!error)
		error = drop_ended(capture);
	if (any_new)
		qsort(capture->threads.items, capture->threads.count,
			sizeof(*capture->threads.items), compare_ids);
	return error;
}

static struct error *sample_thread(
	struct wall_capture *capture, const struct thread *listed, uint64_t now)
{
	struct wall_thread *thread = find(capture, capture->threads.count, listed->id);

	if (!thread || !thread->wanted)
		return NULL;
	if (thread->asleep && listed->runs && listed->runs <= thread->runs)
		return account(capture, thread, thread->stack, now);
	return look_at(capture, (size_t)(thread - capture->threads.items), listed, now);
}

static struct error *run_round(struct wall_capture *capture, uint64_t time)
{
	struct target *target = capture->collector->target;
	struct error *error = target_wait_until(target, time);
	uint64_t now = target_now(target);

	capture->statistics->rounds++;
	if (!error)
		error = update_threads(capture, now);
	for (size_t i = 0; !error && i < capture->listed.count; i++) {
		error = sample_thread(capture, &capture->listed.items[i], now);
		if (!error && capture->batch_count == BATCH_MAX)
			error = stop_batch(capture);
	}
	return error ? error : stop_batch(capture);
}

static struct error *run_rounds(struct wall_capture *capture)
{
	struct error *error = NULL;

	while (!error && !sampling_is_over(capture->options, &capture->pace, capture->statistics))
		error = run_round(capture, pace_next(&capture->pace));
	return sampling_take_end(error, capture->statistics);
}

static struct error *prepare(struct wall_capture *capture)
{
	const struct collector *collector = capture->collector;
	struct error *error = sampling_prepare(capture->profile, "wall", capture->options);
	bool changed, any = false;

	if (!error)
		error = collector_refresh(collector, &changed);
	if (!error)
		error = stack_recorder_init(&capture->recorder, capture->profile,
			collector->modules, collector->target->identity.executable);
	if (!error)
		looker_prepare(&capture->looker);
	if (!error)
		error = stack_recorder_add_named(
			&capture->recorder, "[not sampled]", &capture->unseen);
	pace_start(&capture->pace, collector->target, capture->options->rate,
		capture->options->duration);
	if (!error)
		error = update_threads(capture, capture->pace.started);
	ARRAY_FOR_EACH (thread, &capture->threads)
		any |= thread->wanted;
	return error || any ? error : collector_no_thread(capture->options->thread);
}

static struct error *capture_all(struct wall_capture *capture)
{
	struct error *error = prepare(capture);
	struct scheduling former;

	if (error)
		return error;
	scheduling_hasten(&former);
	error = run_rounds(capture);
	scheduling_restore(&former);
	ARRAY_FOR_EACH (thread, &capture->threads)
		if (!error)
			error = flush(capture, thread);
	capture->profile->duration = (int64_t)capture->statistics->elapsed;
	return error ? error
		     : sampling_add_comments(
			       capture->profile, capture->options, capture->statistics);
}

struct error *collect_wall(const struct collector *collector, const struct cpu_options *options,
	struct profile **ret, struct cpu_statistics *ret_statistics)
{
	struct wall_capture *capture = calloc(1, sizeof(*capture));
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
	wall_threads_deinit(&capture->threads);
	thread_array_deinit(&capture->listed);
	free(capture);
	return error;
}
