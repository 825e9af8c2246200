#include "collect/stacks.h"

#include <string.h>

#include "arch/system_calls.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "collect/look.h"
#include "collect/stack_recorder.h"

/* Of one thread, until its stack is whole. */
#define LOOKS_MAX 16

struct stack_capture {
	const struct collector *collector;
	const char *filter;
	struct profile *profile;
	struct stack_recorder recorder;
	struct looker looker;
	struct stack_listing *listing;
};

void stack_listing_deinit(struct stack_listing *listing)
{
	listed_stacks_deinit(&listing->threads);
}

static struct error *add_text_label(
	struct profile *profile, const char *key, const char *text, struct profile_label *ret)
{
	struct error *error = profile_string(profile, key, &ret->key);

	return error ? error : profile_string(profile, text, &ret->text);
}

static struct error *add_labels(
	struct profile *profile, const struct listed_stack *listed, uint32_t *ret)
{
	const char *call = system_call_name(listed->system_call);
	const char state[] = {listed->state, '\0'};
	struct profile_label labels[4] = {{0}, {0}, {0}, {.number = listed->thread}};
	struct profile_label given[4];
	size_t count = 0;
	struct error *error = add_text_label(profile, "thread", listed->name, &labels[0]);

	if (!error)
		error = add_text_label(profile, "state", state, &labels[1]);
	if (!error)
		error = add_text_label(profile, "system_call", call ? call : "", &labels[2]);
	if (!error)
		error = profile_string(profile, "tid", &labels[3].key);
	/* An empty text would be a number. */
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
		if (i == 3 || labels[i].text)
			given[count++] = labels[i];
	return error ? error : profile_add_labels(profile, given, count, ret);
}

static struct error *add_sample(struct stack_capture *capture, struct listed_stack *listed)
{
	uint32_t labels;
	struct error *error = stack_recorder_add(&capture->recorder, &capture->looker.unwound,
		listed->system_call, listed->state, &listed->stack);

	listed->end = capture->looker.unwound.end;
	if (!error)
		error = add_labels(capture->profile, listed, &labels);
	return error ? error
		     : profile_add_sample(capture->profile, listed->stack, labels, (int64_t[]){1});
}

static void note_look(
	struct stack_listing *listing, const struct look *look, struct listed_stack *listed)
{
	listed->outcome = look->outcome;
	listed->system_call = look->system_call;
	listed->stopped = look->stopped;
	if (look->state)
		listed->state = look->state;
	if (look->held > listing->held_longest)
		listing->held_longest = look->held;
}

/* A stack that is larger than what was read of it is looked at again, then with more. */
static struct error *look_until_whole(struct stack_capture *capture, struct listed_stack *listed)
{
	struct stack_wish wish = STACK_WISH_FIRST;
	struct error *error;
	struct look look;
	int looks = 0;

	do {
		error = look_at_thread(&capture->looker, listed->thread, &wish, &look);
		if (error)
			return error;
		note_look(capture->listing, &look, listed);
	} while (look.wants_more && ++looks < LOOKS_MAX);
	return NULL;
}

static struct error *list_thread(struct stack_capture *capture, pid_t thread)
{
	struct listed_stack listed = {.thread = thread, .system_call = -1};
	struct thread_status status;
	struct error *error;

	if (!target_thread_status(capture->collector->target, thread, &status))
		return NULL;
	memcpy(listed.name, status.name, sizeof(listed.name));
	listed.state = status.state;
	if (capture->filter && !thread_is_meant(capture->filter, thread, listed.name))
		return NULL;
	error = look_until_whole(capture, &listed);
	if (error || listed.outcome == CAPTURE_THREAD_GONE)
		return error;
	if (capture->looker.modules_changed)
		stack_recorder_modules_changed(&capture->recorder);
	capture->looker.modules_changed = false;
	if (listed.outcome == CAPTURE_DONE)
		error = add_sample(capture, &listed);
	return error ? error : listed_stacks_append(&capture->listing->threads, listed);
}

static struct error *list_threads(struct stack_capture *capture)
{
	struct target *target = capture->collector->target;
	CLEANUP(thread_array_deinit) struct thread_array threads = {0};
	struct error *error = target_list_threads(target, &threads);
	uint64_t started = target_now(target);

	for (size_t i = 0; !error && i < threads.count; i++)
		error = list_thread(capture, threads.items[i].id);
	capture->listing->elapsed = target_now(target) - started;
	if (!error && capture->filter && !capture->listing->threads.count)
		error = collector_no_thread(capture->filter);
	return error;
}

static struct error *prepare(struct stack_capture *capture)
{
	const struct collector *collector = capture->collector;
	struct error *error = profile_add_value_type(capture->profile, "threads", "count");
	bool changed;

	if (!error)
		error = collector_refresh(collector, &changed);
	if (!error)
		error = stack_recorder_init(&capture->recorder, capture->profile,
			collector->modules, collector->target->identity.executable);
	if (!error)
		looker_prepare(&capture->looker);
	capture->profile->time = (int64_t)clock_wall();
	return error;
}

struct error *collect_stacks(const struct collector *collector, const char *thread,
	struct profile **ret, struct stack_listing *ret_listing)
{
	struct stack_listing listing = {0};
	struct stack_capture capture = {
		.collector = collector, .filter = thread, .listing = &listing};
	struct error *error = profile_create(&capture.profile);

	if (error)
		return error;
	looker_init(&capture.looker, collector);
	error = prepare(&capture);
	if (!error)
		error = list_threads(&capture);
	looker_deinit(&capture.looker);
	stack_recorder_deinit(&capture.recorder);
	if (error) {
		stack_listing_deinit(&listing);
		profile_destroy(capture.profile);
	} else {
		*ret = capture.profile;
		*ret_listing = listing;
	}
	return error;
}
