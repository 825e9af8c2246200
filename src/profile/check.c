#include <inttypes.h>

#include "profile/profile.h"

static struct error *check_id(
	uint64_t id, size_t count, const char *owner, size_t index, const char *what)
{
	if (id < count)
		return NULL;
	return error_create(
		ERROR_MALFORMED, "%s %zu: there is no %s %" PRIu64, owner, index, what, id);
}

static struct error *check_string(
	const struct profile *profile, uint32_t id, const char *owner, size_t index)
{
	return check_id(id, profile->strings.entries.count, owner, index, "string");
}

static struct error *check_value_type(const struct profile *profile,
	const struct profile_value_type *value_type, const char *owner, size_t index)
{
	struct error *error = check_string(profile, value_type->type, owner, index);

	return error ? error : check_string(profile, value_type->unit, owner, index);
}

static struct error *check_header(const struct profile *profile)
{
	const uint32_t strings[] = {
		profile->drop_frames, profile->keep_frames, profile->default_sample_type};
	struct error *error = check_value_type(profile, &profile->period_type, "period type", 0);

	for (size_t i = 0; !error && i < ARRAY_SIZE(strings); i++)
		error = check_string(profile, strings[i], "header field", i);
	for (size_t i = 0; !error && i < profile->comments.count; i++)
		error = check_string(profile, profile->comments.items[i], "comment", i);
	for (size_t i = 0; !error && i < profile->value_types.count; i++)
		error = check_value_type(profile, &profile->value_types.items[i], "value type", i);
	return error;
}

static struct error *check_mappings(const struct profile *profile)
{
	for (size_t i = 0; i < profile->mappings.count; i++) {
		const struct profile_mapping *mapping = &profile->mappings.items[i];
		struct error *error = check_string(profile, mapping->path, "mapping", i);

		if (!error)
			error = check_string(profile, mapping->build_id, "mapping", i);
		if (error)
			return error;
	}
	return NULL;
}

/* Entries that are lists have items of one size. */
static struct error *check_length(size_t length, size_t item_size, const char *owner, size_t index)
{
	if (length % item_size == 0)
		return NULL;
	return error_create(ERROR_MALFORMED, "%s %zu: %zu bytes long", owner, index, length);
}

static struct error *check_functions(const struct profile *profile)
{
	struct error *error = NULL;

	for (size_t i = 0; !error && i < profile->functions.entries.count; i++) {
		size_t length = profile->functions.entries.items[i].length;
		const struct profile_function *function = profile_function(profile, (uint32_t)i);

		if (length != sizeof(*function))
			return error_create(
				ERROR_MALFORMED, "function %zu: %zu bytes long", i, length);
		error = check_string(profile, function->name, "function", i);
		if (!error)
			error = check_string(profile, function->system_name, "function", i);
		if (!error)
			error = check_string(profile, function->file, "function", i);
		if (!error)
			error = check_string(profile, function->whole, "function", i);
	}
	return error;
}

static struct error *check_location(const struct profile *profile, size_t index)
{
	const struct profile_location *location = &profile->locations.items[index];
	struct error *error = NULL;

	if (location->mapping != PROFILE_NONE)
		error = check_id(
			location->mapping, profile->mappings.count, "location", index, "mapping");
	if (!error && (uint64_t)location->first_line + location->line_count > profile->lines.count)
		error = error_create(ERROR_MALFORMED, "location %zu: lines beyond the last", index);
	for (uint32_t i = 0; !error && i < location->line_count; i++)
		error = check_id(profile->lines.items[location->first_line + i].function,
			profile->functions.entries.count, "location", index, "function");
	return error;
}

static struct error *check_stack(const struct profile *profile, size_t index)
{
	size_t length = profile->stacks.entries.items[index].length, count;
	struct error *error = check_length(length, sizeof(uint32_t), "stack", index);

	if (error)
		return error;
	const uint32_t *locations = profile_stack(profile, (uint32_t)index, &count);
	for (size_t i = 0; !error && i < count; i++)
		error = check_id(
			locations[i], profile->locations.count, "stack", index, "location");
	return error;
}

static struct error *check_label_set(const struct profile *profile, size_t index)
{
	size_t length = profile->label_sets.entries.items[index].length, count;
	struct error *error;

	error = check_length(length, sizeof(struct profile_label), "label set", index);
	if (error)
		return error;
	const struct profile_label *labels = profile_labels(profile, (uint32_t)index, &count);
	for (size_t i = 0; !error && i < count; i++) {
		error = check_string(profile, labels[i].key, "label set", index);
		if (!error)
			error = check_string(profile, labels[i].text, "label set", index);
		if (!error)
			error = check_string(profile, labels[i].unit, "label set", index);
		if (!error && !labels[i].key)
			error = error_create(
				ERROR_MALFORMED, "label set %zu: a label without a key", index);
	}
	return error;
}

static struct error *check_sample(const struct profile *profile, size_t index)
{
	const struct profile_sample *sample = &profile->samples.items[index];
	struct error *error;

	error = check_id(sample->stack, profile->stacks.entries.count, "sample", index, "stack");
	return error ? error
		     : check_id(sample->labels, profile->label_sets.entries.count, "sample", index,
			       "label set");
}

static struct error *check_value_count(const struct profile *profile)
{
	size_t expected = profile->samples.count * profile->value_types.count;

	if (profile->samples.count && !profile->value_types.count)
		return error_create(ERROR_MALFORMED, "samples without a value type");
	if (profile->values.count == expected)
		return NULL;
	return error_create(ERROR_MALFORMED, "%zu values where %zu samples need %zu",
		profile->values.count, profile->samples.count, expected);
}

struct error *profile_check(const struct profile *profile)
{
	const struct {
		size_t count;
		struct error *(*check)(const struct profile *profile, size_t index);
	} tables[] = {
		{profile->locations.count, check_location},
		{profile->stacks.entries.count, check_stack},
		{profile->label_sets.entries.count, check_label_set},
		{profile->samples.count, check_sample},
	};
	struct error *error = check_header(profile);

	if (!error)
		error = check_mappings(profile);
	if (!error)
		error = check_functions(profile);
	for (size_t i = 0; !error && i < ARRAY_SIZE(tables); i++)
		for (size_t j = 0; !error && j < tables[i].count; j++)
			error = tables[i].check(profile, j);
	return error ? error : check_value_count(profile);
}
