#include "cli/live_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "export/utf8.h"
#include "profile/saturating.h"

#define NOT_SAMPLED "[not sampled]"
/* The process and its threads are not read at the same instant, nor all as often. */
#define NOTABLE_SHARE 50

/* By function: the times, and 1 + the sample that was counted last. */
struct tally {
	struct live_functions functions;
	struct u32_array stamps;
	struct profile_values times; /* of samples */
	struct shares threads;       /* by label set */
};

static void tally_deinit(struct tally *tally)
{
	live_functions_deinit(&tally->functions);
	u32_array_deinit(&tally->stamps);
	profile_values_deinit(&tally->times);
	shares_deinit(&tally->threads);
}

void live_rows_deinit(struct live_rows *rows)
{
	live_functions_deinit(&rows->functions);
	thread_usages_deinit(&rows->threads);
	*rows = (struct live_rows){0};
}

static struct error *tally_init(struct tally *tally, size_t functions)
{
	struct error *error = live_functions_reserve(&tally->functions, functions);

	if (!error)
		error = u32_array_reserve(&tally->stamps, functions);
	if (error)
		return error;
	memset(tally->functions.items, 0, functions * sizeof(*tally->functions.items));
	memset(tally->stamps.items, 0, functions * sizeof(*tally->stamps.items));
	tally->functions.count = functions;
	return NULL;
}

static void count_stack(struct tally *tally, const struct profile *profile,
	const struct live_names *names, uint32_t sample, int64_t time)
{
	size_t depth;
	const uint32_t *stack =
		profile_stack(profile, profile->samples.items[sample].stack, &depth);
	bool innermost = true;

	for (size_t i = 0; i < depth; i++) {
		size_t count;
		const uint32_t *functions = live_names_of(names, stack[i], &count);

		for (size_t j = 0; j < count; j++) {
			struct live_function *function = &tally->functions.items[functions[j]];

			if (innermost)
				function->self = add_saturating(function->self, time);
			innermost = false;
			if (tally->stamps.items[functions[j]] == sample + 1)
				continue;
			tally->stamps.items[functions[j]] = sample + 1;
			function->total = add_saturating(function->total, time);
		}
	}
}

static void count_samples(
	struct tally *tally, const struct profile *profile, const struct live_names *names)
{
	for (uint32_t i = 0; i < tally->times.count; i++)
		if (tally->times.items[i])
			count_stack(tally, profile, names, i, tally->times.items[i]);
}

static struct error *take_functions(
	struct live_rows *rows, const struct tally *tally, const struct live_names *names)
{
	struct error *error = NULL;

	rows->functions.count = 0;
	for (uint32_t i = 0; !error && i < tally->functions.count; i++) {
		struct live_function function = tally->functions.items[i];

		if (!function.total)
			continue;
		function.name = live_names_text(names, i, &function.module);
		error = live_functions_append(&rows->functions, function);
	}
	return error;
}

static void set_name(struct thread_usage *thread, const char *name)
{
	STRING_BUILDER(printable);

	utf8_append_printable(&printable, name, strlen(name));
	snprintf(thread->name, sizeof(thread->name), "%s", printable.text ? printable.text : "");
}

static void describe_thread(
	struct thread_usage *thread, const struct profile *profile, uint32_t labels)
{
	size_t count;
	const struct profile_label *items = profile_labels(profile, labels, &count);

	for (size_t i = 0; i < count; i++) {
		if (items[i].text)
			set_name(thread, profile_text(profile, items[i].text));
		else
			thread->id = items[i].number;
	}
}

static int compare_threads(const void *a, const void *b)
{
	const struct thread_usage *first = a, *second = b;

	if (first->time != second->time)
		return first->time > second->time ? -1 : 1;
	return (first->id > second->id) - (first->id < second->id);
}

static struct error *take_threads(
	struct live_rows *rows, const struct tally *tally, const struct profile *profile)
{
	struct error *error = NULL;

	rows->threads.count = 0;
	for (uint32_t i = 0; !error && i < tally->threads.sets.count; i++) {
		struct thread_usage thread = {.time = (int64_t)tally->threads.sets.items[i].charged};

		if (!thread.time || !i)
			continue;
		describe_thread(&thread, profile, i);
		error = thread_usages_append(&rows->threads, thread);
	}
	if (rows->threads.count)
		qsort(rows->threads.items, rows->threads.count, sizeof(struct thread_usage),
			compare_threads);
	return error;
}

/* What the process used besides threads that are known, and what known ones used without a sample.
 */
static struct error *take_rest(
	struct live_rows *rows, const struct tally *tally, const struct live_window *window)
{
	int64_t sampled = (int64_t)shares_sampled(&tally->threads);
	struct live_totals totals;

	live_window_totals(window, &totals);
	rows->total = (int64_t)shares_charged(&tally->threads);
	if ((int64_t)totals.cpu_time - rows->total > (int64_t)totals.cpu_time / NOTABLE_SHARE)
		rows->total = (int64_t)totals.cpu_time;

	struct live_function rest = {NOT_SAMPLED, "", rows->total - sampled, rows->total - sampled};
	if (rest.total <= rows->total / NOTABLE_SHARE)
		return NULL;
	return live_functions_append(&rows->functions, rest);
}

struct error *live_rows_make(struct live_rows *rows, const struct live_window *window,
	const struct profile *profile, const struct live_names *names)
{
	CLEANUP(tally_deinit) struct tally tally = {0};
	struct error *error = tally_init(&tally, live_names_count(names));

	if (!error)
		error = live_window_times(window, profile, &tally.times, &tally.threads);
	if (error)
		return error;
	count_samples(&tally, profile, names);
	error = take_functions(rows, &tally, names);
	if (!error)
		error = take_threads(rows, &tally, profile);
	return error ? error : take_rest(rows, &tally, window);
}

bool live_rows_have_thread(const struct live_rows *rows, int64_t id)
{
	ARRAY_FOR_EACH (thread, &rows->threads)
		if (thread->id == id)
			return true;
	return false;
}

struct error *live_rows_add_thread(struct live_rows *rows, int64_t id, const char *name, char state)
{
	struct thread_usage thread = {.id = id, .state = state};

	set_name(&thread, name);
	return thread_usages_append(&rows->threads, thread);
}

static int compare_names(const struct live_function *first, const struct live_function *second)
{
	int order = strcmp(first->name, second->name);

	return order ? order : strcmp(first->module, second->module);
}

static int compare_values(int64_t first, int64_t second)
{
	return (first < second) - (first > second);
}

static int compare_self(const void *a, const void *b)
{
	const struct live_function *first = a, *second = b;
	int order = compare_values(first->self, second->self);

	if (!order)
		order = compare_values(first->total, second->total);
	return order ? order : compare_names(first, second);
}

static int compare_total(const void *a, const void *b)
{
	const struct live_function *first = a, *second = b;
	int order = compare_values(first->total, second->total);

	if (!order)
		order = compare_values(first->self, second->self);
	return order ? order : compare_names(first, second);
}

void live_rows_sort(struct live_rows *rows, bool by_total)
{
	if (rows->functions.count)
		qsort(rows->functions.items, rows->functions.count, sizeof(struct live_function),
			by_total ? compare_total : compare_self);
}
