#include "collect/sampling.h"

#include "base/clock.h"
#include "collect/stack_recorder.h"

struct error *sampling_prepare(
	struct profile *profile, const char *time, const struct cpu_options *options)
{
	struct error *error = profile_add_value_type(profile, "samples", "count");

	if (!error)
		error = profile_add_value_type(profile, time, "nanoseconds");
	if (error)
		return error;
	profile->period_type = profile->value_types.items[1];
	profile->period = (int64_t)(NANOSECONDS_PER_SECOND / options->rate);
	profile->time = (int64_t)clock_wall();
	return NULL;
}

bool sampling_is_over(const struct cpu_options *options, const struct pace *pace,
	struct cpu_statistics *statistics)
{
	statistics->elapsed = pace_elapsed(pace);
	if (options->progress)
		options->progress(options->context, statistics);
	if (options->interrupted && options->interrupted(options->context)) {
		statistics->end = CPU_END_INTERRUPTED;
		return true;
	}
	return statistics->elapsed >= options->duration;
}

struct error *sampling_label(struct profile *profile, struct cpu_statistics *statistics,
	const char *name, pid_t thread, uint32_t *ret)
{
	size_t sets = profile->label_sets.entries.count;

	if (sets < SAMPLING_LABELS_MAX)
		return record_thread_labels(profile, name, thread, ret);
	if (find_thread_labels(profile, name, thread, ret))
		return NULL;
	statistics->labels_left_out = true;
	if (sets < 2 * SAMPLING_LABELS_MAX)
		return record_thread_labels(profile, name, 0, ret);
	if (!find_thread_labels(profile, name, 0, ret))
		*ret = 0;
	return NULL;
}

bool sampling_has_room(const struct profile *profile, uint32_t stack, uint32_t labels)
{
	const struct profile_sample sample = {.stack = stack, .labels = labels};
	uint32_t id;

	return profile->samples.count < SAMPLING_PAIRS_MAX ||
	       intern_find(&profile->sample_keys, &sample, sizeof(sample), &id);
}

struct error *sampling_add(struct profile *profile, struct cpu_statistics *statistics,
	const char *name, pid_t thread, uint32_t stack, const int64_t *values)
{
	uint32_t labels;
	struct error *error = sampling_label(profile, statistics, name, thread, &labels);

	if (error)
		return error;
	if (!sampling_has_room(profile, stack, labels)) {
		statistics->threads_left_out = true;
		labels = 0;
	}
	return profile_add_sample(profile, stack, labels, values);
}

struct error *sampling_take_end(struct error *error, struct cpu_statistics *statistics)
{
	if (!error || error->kind != ERROR_GONE)
		return error;
	error_destroy(error);
	statistics->end = CPU_END_TARGET_GONE;
	return NULL;
}

static struct error *add_counts(struct profile *profile, const struct cpu_statistics *statistics)
{
	struct error *error = NULL;

	for (int i = 0; !error && i < CAPTURE_OUTCOME_COUNT; i++)
		if (statistics->lost[i])
			error = profile_add_comment(profile, "lost %lu: %s", statistics->lost[i],
				capture_outcome_text(i));
	for (int i = 0; !error && i < UNWIND_END_COUNT; i++)
		if (statistics->truncated[i])
			error = profile_add_comment(profile, "truncated %lu: %s",
				statistics->truncated[i], unwind_end_text(i));
	if (!error && statistics->by_frame_pointer)
		error = profile_add_comment(profile,
			"followed %lu by the frame pointer: a function may be left out",
			statistics->by_frame_pointer);
	return error;
}

struct error *sampling_add_comments(struct profile *profile, const struct cpu_options *options,
	const struct cpu_statistics *statistics)
{
	struct error *error = profile_add_comment(profile, "%lu samples in %lu rounds at %u Hz",
		statistics->samples, statistics->rounds, options->rate);

	if (!error)
		error = add_counts(profile, statistics);
	if (!error && statistics->labels_left_out)
		error = profile_add_comment(profile,
			"more than %d threads: the numbers of later ones are left out",
			SAMPLING_LABELS_MAX);
	if (!error && statistics->threads_left_out)
		error = profile_add_comment(profile,
			"more than %d pairs of a thread and a stack: the thread of later ones is "
			"left out",
			SAMPLING_PAIRS_MAX);
	if (!error && statistics->end == CPU_END_TARGET_GONE)
		error = profile_add_comment(profile, "the process ended during the capture");
	return error;
}
