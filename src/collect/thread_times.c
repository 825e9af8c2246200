#include "collect/thread_times.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/scheduling.h"

/*
 * After so many times what it takes are all threads read, and not before so long: 0.1 % of a CPU.
 * Up to 1 %, where that would be less than once in a second.
 */
#define CALM_FACTOR 1000
#define CALM_TIME   (100 * NANOSECONDS_PER_MILLISECOND)
#define LATE_FACTOR 100
#define LATE_TIME   NANOSECONDS_PER_SECOND
/* The same when there is CPU time of threads that nobody looks at. */
#define HASTE_FACTOR 10
#define UNKNOWN_MAX  (200 * NANOSECONDS_PER_MICROSECOND)
/* The same for the CPU time of the process: 1 %. */
#define TOTAL_FACTOR 100

/*
 * A thread that has not run for so long is left to the reading of all. So is every one where too
 * many have run lately.
 */
#define ACTIVE_TIME (5 * NANOSECONDS_PER_SECOND)
#define ACTIVE_MAX  256

static int compare_ids(const void *left, const void *right)
{
	const struct timed_thread *a = left, *b = right;

	return (a->id > b->id) - (a->id < b->id);
}

/* latest: how many there were when the reading began. */
static struct timed_thread *find(struct thread_times *times, size_t latest, pid_t id)
{
	struct timed_thread *threads = times->threads.items, key = {.id = id};
	struct timed_thread *found =
		times->sorted ? bsearch(&key, threads, times->sorted, sizeof(key), compare_ids)
			      : NULL;

	for (size_t i = times->sorted; !found && i < latest; i++)
		if (threads[i].id == id)
			found = &threads[i];
	return found;
}

static void ask_for_name(struct thread_times *times, struct timed_thread *thread)
{
	struct thread_status status;

	if (thread->named)
		return;
	thread->named = true;
	if (target_thread_status(times->target, thread->id, &status))
		memcpy(thread->name, status.name, sizeof(thread->name));
}

/* Most of those that are there at the beginning will never be spoken of. */
static struct error *add(struct thread_times *times, const struct thread *listed, bool at_start)
{
	struct timed_thread thread = {
		.id = listed->id,
		.wanted = true,
		.base = at_start ? listed->cpu_time : 0,
		.sampled = at_start ? listed->cpu_time : 0,
		.latest = listed->cpu_time,
		.present = true,
		.wish = STACK_WISH_FIRST,
	};

	if (!at_start) {
		times->known += listed->cpu_time;
		thread.ran_at = target_now(times->target);
	}
	if (times->filter || !at_start)
		ask_for_name(times, &thread);
	if (times->filter)
		thread.wanted = thread_is_meant(times->filter, thread.id, thread.name);
	return timed_threads_append(&times->threads, thread);
}

static void take_time(
	struct thread_times *times, struct timed_thread *thread, const struct thread *read)
{
	thread->present = true;
	thread->ran = read->cpu_time > thread->latest;
	if (!thread->ran)
		return;
	times->known += read->cpu_time - thread->latest;
	thread->latest = read->cpu_time;
	thread->ran_at = target_now(times->target);
	ask_for_name(times, thread);
}

void thread_times_note(struct thread_times *times, size_t index, uint64_t cpu_time, uint64_t when)
{
	struct timed_thread *thread = &times->threads.items[index];
	const struct thread read = {.id = thread->id, .cpu_time = cpu_time};

	take_time(times, thread, &read);
	thread->noted = true;
	if (!times->noted_since || when < times->noted_since)
		times->noted_since = when;
}

static struct error *take_list(struct thread_times *times, bool at_start)
{
	size_t latest = times->threads.count;
	struct error *error = NULL;

	ARRAY_FOR_EACH (thread, &times->threads) {
		thread->present = false;
		thread->ran = false;
		thread->noted = false;
	}
	for (size_t i = 0; !error && i < times->read.count; i++) {
		const struct thread *read = &times->read.items[i];
		struct timed_thread *thread = find(times, latest, read->id);

		if (thread)
			take_time(times, thread, read);
		else
			error = add(times, read, at_start);
	}
	ARRAY_FOR_EACH (thread, &times->threads)
		times->some_ended |= !thread->present;
	return error;
}

/* The kernel adds up all threads for it. */
static struct error *read_total(struct thread_times *times)
{
	uint64_t begun = target_now(times->target);
	struct error *error = target_cpu_time(times->target, &times->process_total);

	times->total_read = target_now(times->target);
	times->total_reading = times->total_read - begun;
	return error;
}

static struct error *read_all(struct thread_times *times, bool at_start)
{
	struct error *error = read_total(times);
	uint64_t begun = times->total_read;

	times->read.count = 0;
	if (!error)
		error = target_list_threads(times->target, &times->read);
	if (!error)
		error = take_list(times, at_start);
	times->listed = target_now(times->target);
	times->listing = times->listed - begun;
	times->listed_total = times->process_total;
	times->known = 0;
	times->noted_since = 0;
	return error;
}

static bool is_active(const struct timed_thread *thread, uint64_t now)
{
	return thread->present && thread->ran_at && now < thread->ran_at + ACTIVE_TIME;
}

static struct error *choose_active(struct thread_times *times)
{
	uint64_t now = target_now(times->target);
	struct error *error = NULL;

	times->active.count = 0;
	for (size_t i = 0; !error && i < times->threads.count; i++)
		if (is_active(&times->threads.items[i], now))
			error = thread_indexes_append(&times->active, i);
	return error;
}

static void drop_inactive(struct thread_times *times)
{
	uint64_t now = target_now(times->target);
	size_t kept = 0;

	ARRAY_FOR_EACH (index, &times->active)
		if (is_active(&times->threads.items[*index], now))
			times->active.items[kept++] = *index;
	times->active.count = kept;
}

/* Those that were noted are known. */
static struct error *choose_unread(struct thread_times *times, const struct thread_indexes *indexes)
{
	struct error *error = thread_array_reserve(&times->read, indexes->count);

	times->read.count = 0;
	times->unread.count = 0;
	for (size_t i = 0; !error && i < indexes->count; i++) {
		struct timed_thread *thread = &times->threads.items[indexes->items[i]];

		if (!thread->noted) {
			times->read.items[times->read.count++] = (struct thread){.id = thread->id};
			error = thread_indexes_append(&times->unread, indexes->items[i]);
		}
		thread->noted = false;
	}
	return error;
}

static struct error *read_singly(struct thread_times *times, const struct thread_indexes *indexes)
{
	struct error *error = choose_unread(times, indexes);

	if (!error)
		error = target_refresh_threads(times->target, times->read.items, times->read.count);
	for (size_t i = 0; !error && i < times->read.count; i++) {
		struct timed_thread *thread = &times->threads.items[times->unread.items[i]];

		if (times->read.items[i].id)
			take_time(times, thread, &times->read.items[i]);
		else
			thread->present = false;
		times->some_ended |= !thread->present;
	}
	return error;
}

/*
 * The CPU time of the process was read before that of its threads: no less is known of them. Those
 * that were noted may have used more since.
 */
static void note_unseen(struct thread_times *times)
{
	uint64_t used = times->process_total - times->listed_total, unknown = UNKNOWN_MAX;

	if (times->noted_since)
		unknown += (times->total_read - times->noted_since) * times->processors;
	times->some_unseen = used > times->known + unknown;
}

static bool is_time_for_all(const struct thread_times *times, bool total_is_new)
{
	uint64_t since = target_now(times->target) - times->listed;
	bool calm = since >= CALM_TIME && since >= CALM_FACTOR * times->listing;
	bool late = since >= LATE_TIME && since >= LATE_FACTOR * times->listing;

	if (times->all_at_once || calm || late)
		return true;
	return total_is_new && times->some_unseen && since >= HASTE_FACTOR * times->listing;
}

static struct error *read_active(
	struct thread_times *times, const struct thread_indexes *must, bool *ret_total_is_new)
{
	bool few = times->active.count <= ACTIVE_MAX;
	struct error *error = NULL;

	*ret_total_is_new = target_now(times->target) >=
			    times->total_read + TOTAL_FACTOR * times->total_reading;
	if (*ret_total_is_new)
		error = read_total(times);
	if (!error)
		error = read_singly(times, few ? &times->active : must);
	if (*ret_total_is_new)
		note_unseen(times);
	times->noted_since = 0;
	drop_inactive(times);
	return error;
}

struct error *thread_times_update(struct thread_times *times, const struct thread_indexes *must)
{
	bool total_is_new = false;
	struct error *error = NULL;

	if (!is_time_for_all(times, false))
		error = read_active(times, must, &total_is_new);
	if (error || !is_time_for_all(times, total_is_new))
		return error;
	error = read_all(times, false);
	return error ? error : choose_active(times);
}

struct error *thread_times_read(struct thread_times *times, const struct thread_indexes *indexes)
{
	return times->all_at_once ? thread_times_update(times, indexes)
				  : read_singly(times, indexes);
}

/* Of too many, some, by chance, so that all have the same. */
static bool is_drawn(struct thread_times *times)
{
	return random_next(&times->random) % times->active.count < ACTIVE_MAX;
}

struct error *thread_times_due(struct thread_times *times, struct thread_indexes *ret)
{
	bool few = times->active.count <= THREADS_ALL_DUE;
	struct error *error = NULL;

	ARRAY_FOR_EACH (index, &times->active) {
		const struct timed_thread *thread = &times->threads.items[*index];

		if (!error && thread->wanted &&
			(few || thread->ran || thread->latest > thread->sampled) && is_drawn(times))
			error = thread_indexes_append(ret, *index);
	}
	return error;
}

struct error *thread_times_new(struct thread_times *times, struct thread_indexes *ret)
{
	struct error *error = NULL;

	for (size_t i = times->sorted; !error && i < times->threads.count; i++)
		if (times->threads.items[i].wanted && times->threads.items[i].present)
			error = thread_indexes_append(ret, i);
	return error;
}

/* From here on: what was read of the running ones is old by now, where there are many. */
static struct error *set_bases(struct thread_times *times)
{
	struct error *error = read_total(times);

	if (!error)
		error = read_singly(times, &times->active);
	ARRAY_FOR_EACH (thread, &times->threads) {
		thread->base = thread->latest;
		thread->sampled = thread->latest;
	}
	times->listed_total = times->process_total;
	times->known = 0;
	return error;
}

/* Whose times have grown from one reading to the next runs. */
static struct error *find_running(struct thread_times *times)
{
	struct error *error = read_all(times, false);

	if (!error)
		error = choose_active(times);
	return error ? error : set_bases(times);
}

static struct error *probe(struct thread_times *times)
{
	struct error *error = target_refresh_threads(times->target, NULL, 0);

	times->all_at_once = error && error->kind == ERROR_UNSUPPORTED;
	if (!times->all_at_once)
		return error;
	error_destroy(error);
	return NULL;
}

struct error *thread_times_begin(
	struct thread_times *times, struct target *target, const char *filter)
{
	struct error *error;

	*times = (struct thread_times){.target = target, .filter = filter};
	times->processors = scheduling_processors();
	random_seed(&times->random);
	error = probe(times);
	if (!error)
		error = read_all(times, true);
	times->sorted = times->threads.count;
	return error || times->all_at_once ? error : find_running(times);
}

/* What a thread had before the gap and no sample stands for is still to be sampled. */
struct error *thread_times_skip(struct thread_times *times)
{
	CLEANUP(u64_array_deinit) struct u64_array before = {0};
	struct error *error = NULL;

	ARRAY_FOR_EACH (thread, &times->threads)
		if (!error)
			error = u64_array_append(&before, thread->latest);
	if (!error)
		error = read_all(times, true);
	for (size_t i = 0; !error && i < before.count; i++) {
		struct timed_thread *thread = &times->threads.items[i];
		uint64_t gap = thread->latest - before.items[i];

		thread->base += gap;
		thread->sampled += gap;
		thread->ran = false;
	}
	return error ? error : choose_active(times);
}

bool thread_times_are_calm(const struct thread_times *times)
{
	return !times->some_ended && !times->some_unseen && times->sorted == times->threads.count;
}

struct error *thread_times_sort(struct thread_times *times)
{
	size_t kept = 0;

	if (!times->some_ended && times->sorted == times->threads.count)
		return NULL;
	ARRAY_FOR_EACH (thread, &times->threads)
		if (thread->present)
			times->threads.items[kept++] = *thread;
	times->threads.count = kept;
	times->sorted = kept;
	times->some_ended = false;
	if (kept)
		qsort(times->threads.items, kept, sizeof(struct timed_thread), compare_ids);
	return choose_active(times);
}

void thread_times_deinit(struct thread_times *times)
{
	timed_threads_deinit(&times->threads);
	thread_indexes_deinit(&times->active);
	thread_indexes_deinit(&times->unread);
	thread_array_deinit(&times->read);
}
