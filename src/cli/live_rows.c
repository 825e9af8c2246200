#include "cli/live_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "export/utf8.h"
#include "profile/saturating.h"

#define NOT_SAMPLED "[not sampled]"
/* A thread's last moments are charged before a sample stands for them. */
#define NOTABLE_SHARE 50

/* By function: the times, and 1 + the sample that was counted last. */
struct tally {
	struct live_functions functions;
	struct u32_array stamps;
	struct profile_values threads; /* by label set */
};

static void tally_deinit(struct tally *tally)
{
	live_functions_deinit(&tally->functions);
	u32_array_deinit(&tally->stamps);
	profile_values_deinit(&tally->threads);
}

void live_rows_deinit(struct live_rows *rows)
{
	live_functions_deinit(&rows->functions);
	thread_usages_deinit(&rows->threads);
	*rows = (struct live_rows){0};
}

static struct error *tally_init(struct tally *tally, size_t functions, size_t label_sets)
{
	struct error *error = live_functions_reserve(&tally->functions, functions);

	if (!error)
		error = u32_array_reserve(&tally->stamps, functions);
	if (!error)
		error = profile_values_reserve(&tally->threads, label_sets);
	if (error)
		return error;
	memset(tally->functions.items, 0, functions * sizeof(*tally->functions.items));
	memset(tally->stamps.items, 0, functions * sizeof(*tally->stamps.items));
	memset(tally->threads.items, 0, label_sets * sizeof(*tally->threads.items));
	tally->functions.count = functions;
	tally->threads.count = label_sets;
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

static void count_samples(struct tally *tally, const struct profile *profile,
	const struct live_names *names, const struct profile_values *times)
{
	for (uint32_t i = 0; i < times->count; i++) {
		int64_t *thread = &tally->threads.items[profile->samples.items[i].labels];

		if (!times->items[i])
			continue;
		count_stack(tally, profile, names, i, times->items[i]);
		*thread = add_saturating(*thread, times->items[i]);
	}
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
	rows->total = 0;
	for (uint32_t i = 0; !error && i < tally->threads.count; i++) {
		struct thread_usage thread = {.time = tally->threads.items[i]};

		rows->total = add_saturating(rows->total, thread.time);
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

static struct error *add_not_sampled(struct live_rows *rows, int64_t time)
{
	struct live_function added = {NOT_SAMPLED, "", time, time};

	ARRAY_FOR_EACH (function, &rows->functions) {
		if (*function->module || strcmp(function->name, NOT_SAMPLED) != 0)
			continue;
		function->self = add_saturating(function->self, time);
		function->total = add_saturating(function->total, time);
		return NULL;
	}
	return live_functions_append(&rows->functions, added);
}

struct error *live_rows_make(struct live_rows *rows, const struct live_window *window,
	const struct profile *profile, const struct live_names *names)
{
	CLEANUP(tally_deinit) struct tally tally = {0};
	CLEANUP(profile_values_deinit) struct profile_values times = {0};
	struct live_totals totals;
	struct error *error = live_window_times(window, &times);
	int64_t missing;

	if (!error)
		error = tally_init(
			&tally, live_names_count(names), profile->label_sets.entries.count);
	if (error)
		return error;
	count_samples(&tally, profile, names, &times);
	error = take_functions(rows, &tally, names);
	if (!error)
		error = take_threads(rows, &tally, profile);
	if (error)
		return error;
	live_window_totals(window, &totals);
	missing = (int64_t)totals.cpu_time - rows->total;
	if (missing <= (int64_t)totals.cpu_time / NOTABLE_SHARE)
		return NULL;
	rows->total += missing;
	return add_not_sampled(rows, missing);
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
