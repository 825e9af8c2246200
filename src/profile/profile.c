#include "profile/profile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* String 0 is "" and label set 0 is empty. */
static struct error *fill_zeroth(struct profile *profile)
{
	uint32_t zero;
	struct error *error = profile_string(profile, "", &zero);

	return error ? error : profile_add_labels(profile, NULL, 0, &zero);
}

struct error *profile_create(struct profile **ret)
{
	CLEANUP(cleanup_profile) struct profile *profile = calloc(1, sizeof(*profile));
	struct error *error;

	if (!profile)
		return &error_no_memory;
	error = fill_zeroth(profile);
	if (error)
		return error;
	*ret = TAKE_POINTER(profile);
	return NULL;
}

void profile_destroy(struct profile *profile)
{
	if (!profile)
		return;
	intern_table_deinit(&profile->strings);
	profile_value_types_deinit(&profile->value_types);
	profile_mappings_deinit(&profile->mappings);
	intern_table_deinit(&profile->functions);
	profile_lines_deinit(&profile->lines);
	profile_locations_deinit(&profile->locations);
	intern_table_deinit(&profile->location_keys);
	intern_table_deinit(&profile->stacks);
	intern_table_deinit(&profile->label_sets);
	intern_table_deinit(&profile->sample_keys);
	profile_samples_deinit(&profile->samples);
	profile_values_deinit(&profile->values);
	u32_array_deinit(&profile->comments);
	free(profile);
}

void cleanup_profile(struct profile **profile)
{
	profile_destroy(*profile);
}

struct error *profile_string(struct profile *profile, const char *text, uint32_t *ret)
{
	return intern_string(&profile->strings, text, ret);
}

const char *profile_text(const struct profile *profile, uint32_t string)
{
	return intern_text(&profile->strings, string);
}

struct error *profile_add_value_type(struct profile *profile, const char *type, const char *unit)
{
	struct profile_value_type value_type;
	struct error *error;

	if (profile->samples.count)
		return error_create(
			ERROR_USAGE, "value type '%s' comes after the first sample", type);
	error = profile_string(profile, type, &value_type.type);
	if (!error)
		error = profile_string(profile, unit, &value_type.unit);
	return error ? error : profile_value_types_append(&profile->value_types, value_type);
}

static bool find_type(const struct profile *profile, uint32_t type, size_t *ret)
{
	for (size_t i = 0; i < profile->value_types.count; i++) {
		if (profile->value_types.items[i].type != type)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

bool profile_find_value_type(const struct profile *profile, const char *type, size_t *ret)
{
	uint32_t string;

	if (type)
		return intern_find(&profile->strings, type, strlen(type), &string) &&
		       find_type(profile, string, ret);
	if (!profile->value_types.count)
		return false;
	if (!profile->default_sample_type || !find_type(profile, profile->default_sample_type, ret))
		*ret = profile->value_types.count - 1;
	return true;
}

struct error *profile_add_mapping(struct profile *profile, uint64_t start, uint64_t limit,
	uint64_t offset, const char *path, uint32_t *ret)
{
	struct profile_mapping mapping = {.start = start, .limit = limit, .offset = offset};
	struct error *error;

	if (profile->mappings.count >= PROFILE_NONE)
		return &error_no_memory;
	error = profile_string(profile, path, &mapping.path);
	if (!error)
		error = profile_mappings_append(&profile->mappings, mapping);
	if (error)
		return error;
	*ret = (uint32_t)profile->mappings.count - 1;
	return NULL;
}

struct error *profile_add_comment(struct profile *profile, const char *format, ...)
{
	CLEANUP(cleanup_free) char *text = NULL;
	va_list arguments;
	struct error *error;
	uint32_t string;

	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		text = NULL;
		return &error_no_memory;
	}
	error = profile_string(profile, text, &string);
	return error ? error : u32_array_append(&profile->comments, string);
}
