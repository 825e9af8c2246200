#include "profile/joint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "profile/addition.h"

static struct error *other_unit(const char *type)
{
	return error_create(ERROR_USAGE, "the profiles have different units for %s", type);
}

static struct error *add_value_types(struct profile *result, const struct profile *part)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (from, &part->value_types) {
		const char *type = profile_text(part, from->type);
		const char *unit = profile_text(part, from->unit);
		size_t index;

		if (error)
			break;
		if (!profile_find_value_type(result, type, &index))
			error = profile_add_value_type(result, type, unit);
		else if (strcmp(unit, profile_text(result, result->value_types.items[index].unit)))
			error = other_unit(type);
	}
	return error;
}

static bool has_remark(const struct profile *profile, const char *text)
{
	ARRAY_FOR_EACH (remark, &profile->comments)
		if (strcmp(profile_text(profile, *remark), text) == 0)
			return true;
	return false;
}

static struct error *add_remarks(
	struct profile *result, const struct process_profile *parts, size_t count, size_t index)
{
	const struct profile *part = parts[index].profile;
	struct error *error = NULL;

	ARRAY_FOR_EACH (remark, &part->comments) {
		const char *text = profile_text(part, *remark);
		size_t having = 0;

		for (size_t i = 0; i < count; i++)
			having += has_remark(parts[i].profile, text);
		if (!error && having < count)
			error = profile_add_comment(result, "%s (%" PRId64 "): %s",
				parts[index].name, parts[index].pid, text);
		else if (!error && !has_remark(result, text))
			error = profile_add_comment(result, "%s", text);
	}
	return error;
}

static struct error *add_root(
	struct profile *result, const struct process_profile *part, uint32_t *ret)
{
	CLEANUP(cleanup_free) char *text = NULL;

	if (asprintf(&text, "%s (%" PRId64 ")", part->name, part->pid) < 0) {
		text = NULL;
		return &error_no_memory;
	}
	return profile_add_named_location(result, text, ret);
}

static struct error *make_labels(struct profile *result, const struct process_profile *part,
	struct profile_label labels[static 2])
{
	struct error *error = profile_string(result, "pid", &labels[0].key);

	labels[0].number = part->pid;
	if (!error)
		error = profile_string(result, "process", &labels[1].key);
	if (!error)
		error = profile_string(result, part->name, &labels[1].text);
	return error;
}

static struct error *add_part(struct profile *result, const struct process_profile *part)
{
	size_t count = part->profile->samples.count;
	CLEANUP(cleanup_free)
	struct profile_choice *choices = calloc(count + 1, sizeof(*choices));
	struct profile_label labels[2] = {{0}};
	const struct profile_addition how = {
		.choices = choices,
		.labels = labels,
		.label_count = ARRAY_SIZE(labels),
		.no_remarks = true,
	};
	int64_t duration = result->duration;
	uint32_t root;
	struct error *error = choices ? add_root(result, part, &root) : &error_no_memory;

	if (!error)
		error = make_labels(result, part, labels);
	if (error)
		return error;
	for (size_t i = 0; i < count; i++)
		choices[i] = (struct profile_choice){true, root};
	error = profile_add(result, part->profile, &how);
	result->duration = part->profile->duration > duration ? part->profile->duration : duration;
	return error;
}

struct error *profile_join(const struct process_profile *parts, size_t count, struct profile **ret)
{
	CLEANUP(cleanup_profile) struct profile *result = NULL;
	struct error *error = profile_create(&result);

	for (size_t i = 0; i < count && !error; i++)
		error = add_value_types(result, parts[i].profile);
	if (!error && count)
		error = profile_copy_texts(result, parts[0].profile);
	for (size_t i = 0; i < count && !error; i++)
		error = add_part(result, &parts[i]);
	for (size_t i = 0; i < count && !error; i++)
		error = add_remarks(result, parts, count, i);
	if (!error)
		*ret = TAKE_POINTER(result);
	return error;
}
