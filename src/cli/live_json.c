#include "cli/live_json.h"

#include "cli/json.h"

static json_t *totals_json(const struct live_totals *totals)
{
	json_t *object = json_object();

	json_put(&object, "elapsed_ns", json_integer((json_int_t)totals->elapsed));
	json_put(&object, "cpu_ns", json_integer((json_int_t)totals->cpu_time));
	json_put(&object, "samples", json_integer((json_int_t)totals->samples));
	json_put(&object, "held_total_ns", json_integer((json_int_t)totals->held));
	json_put(&object, "own_cpu_ns", json_integer((json_int_t)totals->own_time));
	return object;
}

static json_t *functions_json(const struct live_rows *rows, uint64_t limit)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rows->functions.count && i < limit; i++) {
		const struct live_function *function = &rows->functions.items[i];
		json_t *object = json_object();

		json_put(&object, "function", json_text(function->name));
		json_put(&object, "module", json_text(function->module));
		json_put(&object, "self_ns", json_integer(function->self));
		json_put(&object, "total_ns", json_integer(function->total));
		json_add(&array, object);
	}
	return array;
}

static json_t *threads_json(const struct live_rows *rows)
{
	json_t *array = json_array();

	ARRAY_FOR_EACH (thread, &rows->threads) {
		const char state[] = {thread->state, '\0'};
		json_t *object = json_object();

		json_put(&object, "id", json_integer(thread->id));
		json_put(&object, "name", json_text(thread->name));
		json_put(&object, "state", json_text(state));
		json_put(&object, "cpu_ns", json_integer(thread->time));
		json_add(&array, object);
	}
	return array;
}

json_t *live_picture_json(
	const struct live_picture *picture, uint64_t refresh, uint64_t limit, bool ended)
{
	json_t *object = json_object();

	json_put(&object, "refresh", json_integer((json_int_t)refresh));
	json_put(&object, "since_start", totals_json(&picture->since));
	json_put(&object, "window", totals_json(&picture->window));
	json_put(&object, "threads", json_integer((json_int_t)picture->thread_count));
	json_put(&object, "functions", functions_json(&picture->rows, limit));
	json_put(&object, "busiest", threads_json(&picture->rows));
	json_put(&object, "ended", json_boolean(ended));
	return object;
}
