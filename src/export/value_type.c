#include "export/value_type.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/quantity.h"
#include "base/string_builder.h"
#include "export/utf8.h"

#define IN_USE "inuse_"

static struct error *list_types(const struct profile *profile, char **ret)
{
	STRING_BUILDER(list);

	for (size_t i = 0; i < profile->value_types.count; i++) {
		const char *type = profile_text(profile, profile->value_types.items[i].type);

		string_append(&list, i ? ", " : "");
		utf8_append_printable(&list, type, strlen(type));
	}
	return string_builder_finish(&list, ret);
}

/* As pprof has it: by its place, from 0, or by its name without "inuse_". */
static bool find_otherwise(const struct profile *profile, const char *name, size_t *ret)
{
	uint64_t index;

	if (!name)
		return false;
	if (parse_unsigned(name, &index) && index < profile->value_types.count) {
		*ret = (size_t)index;
		return true;
	}
	return strncmp(name, IN_USE, strlen(IN_USE)) == 0 &&
	       profile_find_value_type(profile, name + strlen(IN_USE), ret);
}

struct error *export_find_value_type(const struct profile *profile, const char *name, size_t *ret)
{
	CLEANUP(cleanup_free) char *list = NULL;
	struct error *error;

	if (profile_find_value_type(profile, name, ret) || find_otherwise(profile, name, ret))
		return NULL;
	if (!profile->value_types.count)
		return error_create(ERROR_USAGE, "the profile has no values");
	error = list_types(profile, &list);
	if (error)
		return error;
	error = error_create(ERROR_USAGE, "the profile has no values of type '%s'", name);
	return error_set_hint(error, "it has %s", list);
}
