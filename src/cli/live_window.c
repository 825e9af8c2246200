#include "cli/live_window.h"

#include <string.h>

#include "profile/saturating.h"

#define TIME_VALUE 1 /* the place of the time among a sample's values */

void live_window_deinit(struct live_window *window)
{
	for (size_t i = 0; i < LIVE_SLICES; i++)
		live_growths_deinit(&window->slices[i].growths);
	profile_values_deinit(&window->seen);
	*window = (struct live_window){0};
}

static struct live_slice *next_slice(struct live_window *window)
{
	if (window->count < LIVE_SLICES)
		return &window->slices[(window->oldest + window->count++) % LIVE_SLICES];

	struct live_slice *slice = &window->slices[window->oldest];
	window->oldest = (window->oldest + 1) % LIVE_SLICES;
	return slice;
}

static struct error *see_new_samples(struct live_window *window, size_t count)
{
	struct error *error = profile_values_reserve(&window->seen, count);

	while (!error && window->seen.count < count)
		window->seen.items[window->seen.count++] = 0;
	return error;
}

struct error *live_window_add(
	struct live_window *window, const struct profile *profile, const struct live_totals *totals)
{
	struct live_slice *slice = next_slice(window);
	size_t width = profile->value_types.count;
	struct error *error = see_new_samples(window, profile->samples.count);

	slice->before = window->now;
	slice->growths.count = 0;
	window->now = *totals;
	for (uint32_t i = 0; !error && i < profile->samples.count; i++) {
		int64_t time = profile->values.items[i * width + TIME_VALUE];
		struct live_growth growth = {i, time - window->seen.items[i]};

		if (!growth.time)
			continue;
		window->seen.items[i] = time;
		error = live_growths_append(&slice->growths, growth);
	}
	return error;
}

void live_window_totals(const struct live_window *window, struct live_totals *ret)
{
	const struct live_totals *before = &window->slices[window->oldest].before;

	*ret = window->now;
	if (!window->count)
		return;
	ret->elapsed -= before->elapsed;
	ret->cpu_time -= before->cpu_time;
	ret->samples -= before->samples;
	ret->held -= before->held;
	/* A tracer that somebody killed takes its time along. */
	ret->own_time -= before->own_time < ret->own_time ? before->own_time : ret->own_time;
	pauses_subtract(&ret->pauses, &before->pauses);
}

struct error *live_window_times(const struct live_window *window, struct profile_values *ret)
{
	size_t count = window->seen.count;
	struct error *error = profile_values_reserve(ret, count);

	if (error)
		return error;
	ret->count = count;
	if (count)
		memset(ret->items, 0, count * sizeof(*ret->items));
	for (size_t i = 0; i < window->count; i++) {
		const struct live_slice *slice =
			&window->slices[(window->oldest + i) % LIVE_SLICES];

		ARRAY_FOR_EACH (growth, &slice->growths)
			ret->items[growth->sample] =
				add_saturating(ret->items[growth->sample], growth->time);
	}
	return NULL;
}
