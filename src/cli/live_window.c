#include "cli/live_window.h"

#include <string.h>

#include "profile/saturating.h"

#define TIME_VALUE 1 /* the place of the time among a sample's values */

void live_window_deinit(struct live_window *window)
{
	for (size_t i = 0; i < LIVE_SLICES; i++) {
		live_growths_deinit(&window->slices[i].weights);
		live_growths_deinit(&window->slices[i].charges);
	}
	profile_values_deinit(&window->weights);
	profile_values_deinit(&window->charges);
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

/* values: so many, which are stride apart; seen: those of the slice before. */
static struct error *add_growths(struct live_growths *growths, struct profile_values *seen,
	const int64_t *values, size_t count, size_t stride)
{
	struct error *error = profile_values_reserve(seen, count);

	growths->count = 0;
	while (!error && seen->count < count)
		seen->items[seen->count++] = 0;
	for (uint32_t i = 0; !error && i < count; i++) {
		struct live_growth growth = {i, values[i * stride] - seen->items[i]};

		if (!growth.time)
			continue;
		seen->items[i] = values[i * stride];
		error = live_growths_append(growths, growth);
	}
	return error;
}

struct error *live_window_add(struct live_window *window, const struct profile *profile,
	const struct profile_values *charged, const struct live_totals *totals)
{
	struct live_slice *slice = next_slice(window);
	size_t samples = profile->samples.count;
	struct error *error = NULL;

	slice->before = window->now;
	slice->weights.count = 0;
	window->now = *totals;
	if (samples)
		error = add_growths(&slice->weights, &window->weights,
			profile->values.items + TIME_VALUE, samples, profile->value_types.count);
	if (!error)
		error = add_growths(
			&slice->charges, &window->charges, charged->items, charged->count, 1);
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

static struct error *add_slice(const struct live_slice *slice, const struct profile *profile,
	struct profile_values *times, struct shares *shares)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (growth, &slice->weights) {
		int64_t *time = &times->items[growth->of];

		*time = add_saturating(*time, growth->time);
		if (!error)
			error = shares_give(shares, profile->samples.items[growth->of].labels,
				(uint64_t)growth->time, false);
	}
	ARRAY_FOR_EACH (growth, &slice->charges)
		if (!error)
			error = shares_charge(shares, growth->of, (uint64_t)growth->time);
	return error;
}

struct error *live_window_times(const struct live_window *window, const struct profile *profile,
	struct profile_values *ret, struct shares *ret_shares)
{
	size_t count = window->weights.count;
	struct error *error = profile_values_reserve(ret, count);

	if (error)
		return error;
	ret->count = count;
	if (count)
		memset(ret->items, 0, count * sizeof(*ret->items));
	for (size_t i = 0; !error && i < window->count; i++)
		error = add_slice(&window->slices[(window->oldest + i) % LIVE_SLICES], profile, ret,
			ret_shares);
	if (!error)
		shares_deal(ret_shares, profile->samples.items, count, ret->items, 1);
	return error;
}
