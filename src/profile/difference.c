#include "profile/difference.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "profile/addition.h"

static bool has_value_type(const struct profile *profile, const char *type, const char *unit)
{
	size_t index;

	return profile_find_value_type(profile, type, &index) &&
	       strcmp(profile_text(profile, profile->value_types.items[index].unit), unit) == 0;
}

static void list_types(struct string_builder *list, const struct profile *profile)
{
	ARRAY_FOR_EACH (type, &profile->value_types)
		string_append_format(list, "%s%s in %s",
			type == profile->value_types.items ? "" : ", ",
			profile_text(profile, type->type), profile_text(profile, type->unit));
}

static struct error *nothing_in_common(const struct profile *profile, const struct profile *base)
{
	STRING_BUILDER(hint);

	string_append(&hint, "the one has ");
	list_types(&hint, profile);
	string_append(&hint, "; the base ");
	list_types(&hint, base);
	if (hint.failed)
		return &error_no_memory;
	return error_set_hint(
		error_create(ERROR_USAGE, "the two profiles have no values in common"), "%s",
		hint.text);
}

static struct error *add_value_types(
	struct profile *result, const struct profile *profile, const struct profile *base)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (type, &profile->value_types) {
		const char *name = profile_text(profile, type->type);
		const char *unit = profile_text(profile, type->unit);

		if (!error && has_value_type(base, name, unit))
			error = profile_add_value_type(result, name, unit);
	}
	if (!error && !result->value_types.count)
		error = nothing_in_common(profile, base);
	return error;
}

struct error *profile_difference(
	const struct profile *profile, const struct profile *base, struct profile **ret)
{
	const struct profile_addition added = {0}, subtracted = {.is_base = true};
	CLEANUP(cleanup_profile) struct profile *result = NULL;
	struct error *error = profile_create(&result);

	if (!error)
		error = add_value_types(result, profile, base);
	if (!error)
		error = profile_copy_texts(result, profile);
	if (!error)
		error = profile_add(result, profile, &added);
	if (!error)
		error = profile_add(result, base, &subtracted);
	if (!error)
		*ret = TAKE_POINTER(result);
	return error;
}
