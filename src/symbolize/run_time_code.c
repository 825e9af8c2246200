#include "symbolize/run_time_code.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "profile/saturating.h"
#include "symbolize/jit_dump.h"
#include "symbolize/naming_problem.h"
#include "symbolize/perf_map.h"

#define NAME_LENGTH_MAX (16 * 1024)

ARRAY_DEFINE(lookups, struct perf_map_lookup)
ARRAY_DEFINE(jit_lookups, struct jit_lookup)

static bool has_image(struct module_table *modules, uint64_t address, const char *path)
{
	const struct module *module = module_table_find(modules, address);

	return module && module->image && strcmp(module->path, path) == 0;
}

static bool is_wanted(const struct profile *profile, struct module_table *modules,
	const struct profile_location *location)
{
	const char *path;

	if (location->line_count)
		return false;
	if (location->mapping >= profile->mappings.count)
		return true;
	path = profile_text(profile, profile->mappings.items[location->mapping].path);
	return path_is_without_file(path) && !has_image(modules, location->address, path);
}

static int compare_addresses(const void *a, const void *b, void *context)
{
	const struct profile_locations *locations = context;
	uint64_t first = locations->items[*(const uint32_t *)a].address;
	uint64_t second = locations->items[*(const uint32_t *)b].address;

	return (first > second) - (first < second);
}

struct error *run_time_code_find(
	struct profile *profile, struct module_table *modules, struct u32_array *ret)
{
	struct u32_array found = {0};
	struct error *error = NULL;

	for (uint32_t i = 0; !error && i < profile->locations.count; i++)
		if (is_wanted(profile, modules, &profile->locations.items[i]))
			error = u32_array_append(&found, i);
	if (error) {
		u32_array_deinit(&found);
		return error;
	}
	if (found.count)
		qsort_r(found.items, found.count, sizeof(found.items[0]), compare_addresses,
			&profile->locations);
	*ret = found;
	return NULL;
}

static struct error *set_string(struct profile *profile, struct cursor text, uint32_t *ret)
{
	size_t length = cursor_left(&text);
	CLEANUP(cleanup_free)
	char *copy = strndup(text.at, length < NAME_LENGTH_MAX ? length : NAME_LENGTH_MAX);

	return copy ? profile_string(profile, copy, ret) : &error_no_memory;
}

/* The file and the line are those of its beginning: which line was executing is not known. */
static struct error *describe_function(
	struct profile *profile, struct cursor name, struct profile_function *function)
{
	struct perf_map_position position;
	struct error *error = set_string(profile, name, &function->name);

	function->system_name = function->name;
	if (error || !perf_map_parse_position(name, &position))
		return error;
	function->start_line = position.line;
	return set_string(profile, position.file, &function->file);
}

static struct error *set_function(struct profile *profile, uint32_t location,
	const struct profile_function *function, uint32_t line_number)
{
	uint32_t mapping = profile->locations.items[location].mapping;
	struct profile_line line = {.line = line_number};
	struct error *error = profile_add_function(profile, function, &line.function);

	if (!error)
		error = profile_set_lines(profile, location, &line, 1);
	if (error || mapping >= profile->mappings.count)
		return error;
	profile->mappings.items[mapping].has_functions = true;
	profile->mappings.items[mapping].has_filenames |= function->file != 0;
	profile->mappings.items[mapping].has_line_numbers |= line_number != 0;
	return NULL;
}

static struct error *name_location(struct profile *profile, uint32_t location, struct cursor name)
{
	struct profile_function function = {0};
	struct error *error = describe_function(profile, name, &function);

	return error ? error : set_function(profile, location, &function, 0);
}

/* What the name tells of the beginning is V8's own; otherwise the first position does. */
static struct error *name_by_lookup(
	struct profile *profile, uint32_t location, const struct jit_lookup *lookup)
{
	struct profile_function function = {0};
	struct error *error = describe_function(profile, lookup->name, &function);

	if (!error && cursor_left(&lookup->file)) {
		error = set_string(profile, lookup->file, &function.file);
		if (!function.start_line)
			function.start_line = lookup->start_line;
	}
	return error ? error : set_function(profile, location, &function, lookup->line);
}

struct error *run_time_code_name_by_dump(
	struct profile *profile, const struct u32_array *locations, struct cursor dump)
{
	CLEANUP(jit_lookups_deinit) struct jit_lookups found = {0};
	struct error *error = NULL;

	ARRAY_FOR_EACH (location, locations)
		if (!error)
			error = jit_lookups_append(&found,
				(struct jit_lookup){
					.address = profile->locations.items[*location].address});
	if (!error)
		error = jit_dump_find(dump, found.items, found.count);
	for (size_t i = 0; !error && i < found.count; i++)
		if (cursor_left(&found.items[i].name) &&
			!profile->locations.items[locations->items[i]].line_count)
			error = name_by_lookup(profile, locations->items[i], &found.items[i]);
	return error;
}

static struct error *look_up(const struct profile *profile, const struct u32_array *locations,
	struct cursor map, struct lookups *ret)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (location, locations)
		if (!error)
			error = lookups_append(ret,
				(struct perf_map_lookup){
					.address = profile->locations.items[*location].address});
	return error ? error : perf_map_find(map, ret->items, ret->count);
}

struct error *run_time_code_name(
	struct profile *profile, const struct u32_array *locations, struct cursor map)
{
	CLEANUP(lookups_deinit) struct lookups found = {0};
	struct error *error = look_up(profile, locations, map, &found);

	for (size_t i = 0; !error && i < found.count; i++)
		if (cursor_left(&found.items[i].name) &&
			!profile->locations.items[locations->items[i]].line_count)
			error = name_location(profile, locations->items[i], found.items[i].name);
	return error;
}

static struct error *mark_unnamed(
	const struct profile *profile, const struct u32_array *locations, struct u8_array *ret)
{
	struct error *error = u8_array_reserve(ret, profile->locations.count);

	if (error)
		return error;
	ret->count = profile->locations.count;
	if (ret->count)
		memset(ret->items, 0, ret->count);
	ARRAY_FOR_EACH (location, locations) {
		const struct profile_location *item = &profile->locations.items[*location];

		ret->items[*location] =
			!item->line_count && item->mapping < profile->mappings.count;
	}
	return NULL;
}

static bool has_marked(const struct profile *profile, uint32_t stack, const struct u8_array *marks)
{
	size_t count;
	const uint32_t *locations = profile_stack(profile, stack, &count);

	for (size_t i = 0; i < count; i++)
		if (marks->items[locations[i]])
			return true;
	return false;
}

struct error *run_time_code_count_unnamed(
	const struct profile *profile, const struct u32_array *locations, int64_t *ret_samples)
{
	CLEANUP(u8_array_deinit) struct u8_array marks = {0};
	struct error *error = mark_unnamed(profile, locations, &marks);
	size_t types = profile->value_types.count, type;
	bool counted = profile_find_value_type(profile, "samples", &type);

	if (error)
		return error;
	*ret_samples = 0;
	for (size_t i = 0; i < profile->samples.count; i++)
		if (has_marked(profile, profile->samples.items[i].stack, &marks))
			*ret_samples = add_saturating(*ret_samples,
				counted ? profile->values.items[i * types + type] : 1);
	return NULL;
}
