#include <jansson.h>
#include <math.h>

#include "base/cleanup.h"
#include "cli/heap_growth.h"
#include "cli/json.h"
#include "export/frames.h"
#include "export/timeline_svg.h"

static const char *const figure_keys[GROWTH_FIGURE_COUNT] = {
	[GROWTH_ALLOCATED] = "allocated_bytes",
	[GROWTH_ACTIVE] = "active_bytes",
	[GROWTH_RESIDENT] = "resident_bytes",
	[GROWTH_RSS] = "rss_bytes",
};

static json_t *growth_figures_json(const struct growth *growth)
{
	json_t *object = json_object();

	json_put(&object, "growth_bytes", json_integer(llround(growth->bytes)));
	json_put(&object, "margin_bytes", json_integer(llround(growth->margin)));
	json_put(&object, "growth_objects", json_integer(llround(growth->objects)));
	json_put(&object, "rises", json_integer(growth->rises));
	json_put(&object, "first_bytes", json_integer(llround(growth->first)));
	json_put(&object, "last_bytes", json_integer(llround(growth->last)));
	json_put(&object, "sure", json_boolean(growth_least(growth) > 0));
	return object;
}

static json_t *moments_json(const struct growth_moments *moments)
{
	json_t *array = json_array();

	for (size_t i = 0; i < moments->times.count; i++) {
		json_t *object = json_object();

		json_put(&object, "time_ns", json_integer((json_int_t)moments->times.items[i]));
		for (int j = 0; j < GROWTH_FIGURE_COUNT; j++) {
			uint64_t value = moments->figures[j].items[i];

			json_put(&object, figure_keys[j],
				value == TIMELINE_UNKNOWN ? json_null()
							  : json_integer((json_int_t)value));
		}
		json_add(&array, object);
	}
	return array;
}

/* The innermost function first, as `stacks` has it. */
static json_t *names_json(const struct frames *frames, uint32_t stack)
{
	CLEANUP(frame_slots_deinit) struct frame_slots slots = {0};
	json_t *array = json_array();
	struct error *error = frames_of_stack(frames, stack, &slots);

	if (error) {
		error_destroy(error);
		json_decref(array);
		return NULL;
	}
	for (size_t i = slots.count; i-- > 0;)
		json_add(&array, json_text(frame_name(frames, slots.items[i].name)));
	return array;
}

static json_t *stacks_json_of(const struct growth_report *report)
{
	CLEANUP(frames_deinit) struct frames frames = {0};
	json_t *array = json_array();
	struct error *error = frames_init(report->series->profile, 0, &frames);

	if (error) {
		error_destroy(error);
		json_decref(array);
		return NULL;
	}
	for (size_t i = 0; i < report->entries->count && i < report->limit; i++) {
		const struct growth_entry *entry = &report->entries->items[i];
		json_t *object = growth_figures_json(&entry->growth);

		json_put(&object, "functions", names_json(&frames, entry->stack));
		json_add(&array, object);
	}
	return array;
}

json_t *growth_json(const struct growth_report *report)
{
	json_t *object = json_object();

	json_put(&object, "dumps", json_integer((json_int_t)report->series->dumps));
	json_put(&object, "all", growth_figures_json(&report->all));
	json_put(&object, "moments", moments_json(report->moments));
	json_put(&object, "stacks", stacks_json_of(report));
	return object;
}
