#include "cli/serve_figures.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static const char *const kind_names[SERVE_KINDS] = {
	[SERVE_CPU] = "cpu",
	[SERVE_WALL] = "wall",
	[SERVE_HEAP] = "heap",
	[SERVE_HEAP_DELTA] = "heap_delta",
	[SERVE_STACKS] = "stacks",
};

static const char *const end_names[SERVE_ENDS] = {
	[SERVE_COMPLETE] = "complete",
	[SERVE_CUT_SHORT] = "cut_short",
	[SERVE_ABANDONED] = "abandoned",
	[SERVE_FAILED] = "failed",
};

const uint64_t serve_bucket_bounds[SERVE_BUCKETS] = {5000, 10000, 20000, 50000, 100000, 200000,
	500000, 1000000, 5000000, 20000000, 100000000, UINT64_MAX};

const char *serve_kind_name(enum serve_kind kind)
{
	return kind_names[kind];
}

const char *serve_end_name(enum serve_end end)
{
	return end_names[end];
}

void serve_figures_deinit(struct serve_figures *figures)
{
	free(figures->refusal);
	*figures = (struct serve_figures){0};
}

uint64_t serve_number(const json_t *answer, const char *key)
{
	json_int_t number = json_integer_value(json_object_get(answer, key));

	return number > 0 ? (uint64_t)number : 0;
}

static void add_pauses(struct serve_figures *figures, const json_t *pauses)
{
	size_t index;
	json_t *pause;

	json_array_foreach(pauses, index, pause)
	{
		uint64_t length = serve_number(pause, "at_most_ns");
		size_t bucket = 0;

		while (bucket < SERVE_BUCKETS - 1 && length > serve_bucket_bounds[bucket])
			bucket++;
		figures->pauses[bucket] += serve_number(pause, "count");
		figures->stops += serve_number(pause, "count");
	}
}

static void add_lost(struct serve_figures *figures, const json_t *lost)
{
	size_t index;
	json_t *one;

	json_array_foreach(lost, index, one)
	{
		const char *reason = json_string_value(json_object_get(one, "reason"));

		for (int i = 0; reason && i < CAPTURE_OUTCOME_COUNT; i++)
			if (strcmp(reason, capture_outcome_text((enum capture_outcome)i)) == 0)
				figures->lost[i] += serve_number(one, "count");
	}
}

void serve_figures_add_capture(struct serve_figures *figures, const json_t *answer)
{
	figures->samples += serve_number(answer, "samples");
	figures->held_total += serve_number(answer, "held_total_ns");
	add_pauses(figures, json_object_get(answer, "pauses"));
	add_lost(figures, json_object_get(answer, "lost"));
}

void serve_figures_take_stats(struct serve_figures *figures, const json_t *answer)
{
	for (enum statistic i = 0; i < STATISTIC_COUNT; i++) {
		const char *key = statistic_name(i) + strlen("stats.");

		figures->known[i] = json_is_integer(json_object_get(answer, key));
		figures->values[i] = serve_number(answer, key);
	}
}

void serve_figures_take_status(struct serve_figures *figures, const json_t *answer)
{
	const json_t *active = json_object_get(answer, "active");
	const char *refusal = json_string_value(json_object_get(answer, "refusal"));
	const json_t *error = json_object_get(answer, "error");
	const char *kind = json_string_value(json_object_get(error, "kind"));

	if (kind && strcmp(kind, "interrupted") == 0)
		return;
	if (error)
		refusal = json_string_value(json_object_get(error, "message"));
	free(TAKE_POINTER(figures->refusal));
	figures->profiler_known = json_is_boolean(active);
	figures->active = json_is_true(active);
	figures->accumulates = json_is_true(json_object_get(answer, "accumulates"));
	if (refusal)
		figures->refusal = strdup(refusal);
}
