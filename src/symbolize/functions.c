#include "symbolize/functions.h"

#include "base/cleanup.h"
#include "symbolize/demangle.h"

void function_namer_deinit(struct function_namer *namer)
{
	u32_array_deinit(&namer->readable);
}

static struct error *make_readable(
	struct function_namer *namer, const char *name, uint32_t system_name, uint32_t *ret)
{
	CLEANUP(cleanup_free) char *readable = demangle(name);

	if (readable)
		return profile_string(namer->profile, readable, ret);
	*ret = system_name;
	return NULL;
}

/* The readable form of a name that is a string of the profile already. */
static struct error *readable_name(
	struct function_namer *namer, const char *name, uint32_t system_name, uint32_t *ret)
{
	struct u32_array *readable = &namer->readable;
	struct error *error = u32_array_reserve(readable, (size_t)system_name + 1);

	if (error)
		return error;
	while (readable->count <= system_name)
		readable->items[readable->count++] = 0;
	if (!readable->items[system_name])
		error = make_readable(namer, name, system_name, &readable->items[system_name]);
	if (!error)
		*ret = readable->items[system_name];
	return error;
}

struct error *function_namer_add(struct function_namer *namer, const char *name,
	const struct function_place *place, uint32_t *ret)
{
	struct profile_function function = {.start_line = place->start_line};
	struct error *error = profile_string(namer->profile, name, &function.system_name);

	if (!error)
		error = readable_name(namer, name, function.system_name, &function.name);
	if (!error && place->file)
		error = profile_string(namer->profile, place->file, &function.file);
	return error ? error : profile_add_function(namer->profile, &function, ret);
}
