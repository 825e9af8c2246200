#include "collect/rest.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "collect/stack_recorder.h"

struct error *rest_add(struct profile *profile, const char *name, uint32_t labels, uint64_t time)
{
	CLEANUP(stack_recorder_deinit) struct stack_recorder recorder = {.profile = profile};
	int64_t values[] = {0, (int64_t)time};
	uint32_t stack;
	struct error *error = stack_recorder_add_named(&recorder, name, &stack);

	return error ? error : profile_add_sample(profile, stack, labels, values);
}

/* The name is copied, as an addition may move it. */
static struct error *copy_labels(
	struct profile *profile, const struct profile *labelled, uint32_t labels, uint32_t *ret)
{
	size_t count;
	const struct profile_label *items = profile_labels(labelled, labels, &count);
	char name[16] = ""; /* as in struct timed_thread */
	int64_t id = 0;

	for (size_t i = 0; i < count; i++)
		if (items[i].text)
			snprintf(name, sizeof(name), "%s", profile_text(labelled, items[i].text));
		else
			id = items[i].number;
	return record_thread_labels(profile, name, id, ret);
}

struct error *rest_add_sets(
	struct profile *profile, const struct shares *shares, const struct profile *labelled)
{
	const struct share_array *sets = &shares->sets;
	struct error *error = NULL;

	for (uint32_t i = 0; !error && i < sets->count; i++) {
		uint32_t labels;

		if (!sets->items[i].charged || sets->items[i].given)
			continue;
		error = copy_labels(profile, labelled, i, &labels);
		if (!error)
			error = rest_add(profile, "[not sampled]", labels, sets->items[i].charged);
	}
	return error;
}
