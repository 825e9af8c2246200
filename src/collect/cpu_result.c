#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "collect/cpu_capture.h"
#include "collect/rest.h"
#include "collect/sampling.h"
#include "profile/addition.h"

#define TIME_VALUE 1 /* the place of the time among a sample's values */

/* What the kernel charged and no sample has a share of. */
static struct error *account_for_rest(const struct cpu_capture *capture, struct profile *profile)
{
	uint64_t process = capture->statistics.cpu_time;
	uint64_t threads = shares_charged(&capture->shares);
	struct error *error = rest_add_sets(profile, &capture->shares, capture->profile);

	if (!error && process > threads && !capture->options->thread)
		error = rest_add(profile, "[threads that ended]", 0, process - threads);
	return error;
}

/* What samples stand for so far takes the place of their weights: in the values of the profile. */
static void deal_out(struct cpu_capture *capture, struct profile_values *values)
{
	const struct profile *profile = capture->profile;
	struct cpu_statistics *statistics = &capture->statistics;

	if (values->count)
		shares_deal(&capture->shares, profile->samples.items, profile->samples.count,
			values->items + TIME_VALUE, profile->value_types.count);
	statistics->sampled_time = shares_sampled(&capture->shares);
	statistics->system_time = shares_in_calls(&capture->shares);
}

/* The capture itself stays as it is. */
static struct error *finish_profile(const struct cpu_capture *capture, struct profile *profile)
{
	struct error *error = account_for_rest(capture, profile);

	profile->duration = (int64_t)capture->statistics.elapsed;
	return error ? error
		     : sampling_add_comments(profile, capture->options, &capture->statistics);
}

const struct profile *cpu_capture_profile(const struct cpu_capture *capture)
{
	return capture->profile;
}

const struct cpu_statistics *cpu_capture_statistics(const struct cpu_capture *capture)
{
	return &capture->statistics;
}

const struct pauses *cpu_capture_pauses(const struct cpu_capture *capture)
{
	return &capture->statistics.pauses;
}

size_t cpu_capture_thread_count(const struct cpu_capture *capture)
{
	return capture->times.threads.count;
}

struct error *cpu_capture_charged(struct cpu_capture *capture, struct profile_values *ret)
{
	const struct share_array *sets = &capture->shares.sets;
	struct error *error = cpu_capture_settle(capture);

	if (!error)
		error = profile_values_reserve(ret, sets->count);
	if (error)
		return error;
	for (ret->count = 0; ret->count < sets->count; ret->count++)
		ret->items[ret->count] = (int64_t)sets->items[ret->count].charged;
	return NULL;
}

/* The capture's profile, of which the time of each sample is what it stands for. */
static struct error *add_dealt(struct cpu_capture *capture, struct profile *copy)
{
	static const struct profile_addition all = {0};
	CLEANUP(profile_values_deinit) struct profile_values values = {0};
	struct profile view = *capture->profile;
	struct error *error = profile_values_reserve(&values, view.values.count);

	if (error)
		return error;
	if (view.values.count)
		memcpy(values.items, view.values.items, view.values.count * sizeof(*values.items));
	values.count = view.values.count;
	deal_out(capture, &values);
	view.values = values;
	return profile_add(copy, &view, &all);
}

struct error *cpu_capture_copy(struct cpu_capture *capture, struct profile **ret)
{
	CLEANUP(cleanup_profile) struct profile *copy = NULL;
	struct error *error = profile_create(&copy);

	if (!error)
		error = sampling_prepare(copy, "cpu", capture->options);
	if (!error) {
		copy->time = capture->profile->time;
		error = cpu_capture_settle(capture);
	}
	if (!error)
		error = add_dealt(capture, copy);
	if (!error)
		error = finish_profile(capture, copy);
	if (!error)
		*ret = TAKE_POINTER(copy);
	return error;
}

struct error *collect_cpu(const struct collector *collector, const struct cpu_options *options,
	struct profile **ret, struct cpu_statistics *ret_statistics)
{
	struct cpu_capture *capture = NULL;
	struct error *error = cpu_capture_create(collector, options, &capture);

	*ret_statistics = (struct cpu_statistics){0};
	if (!error)
		error = cpu_capture_run(capture, UINT64_MAX);
	if (!error)
		error = cpu_capture_settle(capture);
	if (!error) {
		deal_out(capture, &capture->profile->values);
		error = finish_profile(capture, capture->profile);
	}
	if (!error) {
		*ret = TAKE_POINTER(capture->profile);
		*ret_statistics = capture->statistics;
	}
	cpu_capture_destroy(capture);
	return error;
}
