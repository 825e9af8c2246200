#include "profile/sum.h"

#include <string.h>

#include "base/cleanup.h"
#include "profile/addition.h"

static bool has_value_type(const struct profile *profile, const char *type, const char *unit)
{
	size_t index;

	return profile_find_value_type(profile, type, &index) &&
	       strcmp(profile_text(profile, profile->value_types.items[index].unit), unit) == 0;
}

/* How many of them, from the first on, have it. */
static size_t count_having(
	const struct profile *const *profiles, size_t count, const char *type, const char *unit)
{
	size_t having = 0;

	while (having < count && has_value_type(profiles[having], type, unit))
		having++;
	return having;
}

/* The one that lacks what those before it have in common. */
static struct error *nothing_in_common(size_t odd)
{
	return error_set_hint(error_create(ERROR_USAGE, "the profiles have no values in common"),
		"the values of the one in place %zu are others than those of the ones before it",
		odd + 1);
}

static struct error *add_value_types(
	const struct profile *const *profiles, size_t count, struct profile *result)
{
	const struct profile *first = profiles[0];
	struct error *error = NULL;
	size_t odd = 0;

	ARRAY_FOR_EACH (from, &first->value_types) {
		const char *type = profile_text(first, from->type);
		const char *unit = profile_text(first, from->unit);
		size_t having = count_having(profiles, count, type, unit);

		if (!error && having == count)
			error = profile_add_value_type(result, type, unit);
		else if (having > odd)
			odd = having;
	}
	return error || result->value_types.count ? error : nothing_in_common(odd);
}

struct error *profile_sum(const struct profile *const *profiles, size_t count, struct profile **ret)
{
	static const struct profile_addition all = {0};
	CLEANUP(cleanup_profile) struct profile *result = NULL;
	struct error *error = profile_create(&result);

	if (!error)
		error = add_value_types(profiles, count, result);
	if (!error)
		error = profile_copy_texts(result, profiles[0]);
	for (size_t i = 0; i < count && !error; i++)
		error = profile_add(result, profiles[i], &all);
	if (!error)
		*ret = TAKE_POINTER(result);
	return error;
}
