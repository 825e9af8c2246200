#include "symbolize/unnamed.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "profile/saturating.h"
#include "profile/visible_frames.h"
#include "symbolize/naming_problem.h"
#include "symbolize/runtime_frames.h"

#define NOTED_MODULES  3
#define NOTED_FRACTION 100 /* of the total */

struct search {
	const struct profile *profile;
	struct runtime_frames runtime;
	struct visible_locations visible;
	struct u32_array
		verdicts; /* by location: its module, or PROFILE_NONE for what has a name */
	struct unnamed found;
};

static void search_deinit(struct search *search)
{
	runtime_frames_deinit(&search->runtime);
	visible_locations_deinit(&search->visible);
	u32_array_deinit(&search->verdicts);
	unnamed_deinit(&search->found);
}

void unnamed_deinit(struct unnamed *unnamed)
{
	unnamed_modules_deinit(&unnamed->modules);
}

static bool is_hexadecimal(const char *text)
{
	if (strncmp(text, "0x", 2) != 0 || !text[2])
		return false;
	for (text += 2; *text; text++)
		if (!isxdigit((unsigned char)*text))
			return false;
	return true;
}

/* "libx.so+0x12" in libx.so, and "0x12": what symbolize_profile() makes of an address. */
static bool is_made_of_address(const char *name, const char *path)
{
	const char *file = path_file_name(path);
	size_t length = strlen(file);

	if (*file && strncmp(name, file, length) == 0 && name[length] == '+')
		name += length + 1;
	return is_hexadecimal(name);
}

static bool is_unnamed(const struct profile *profile, const struct profile_location *location)
{
	const char *path = "";

	if (!location->line_count)
		return true;
	if (location->line_count > 1)
		return false;
	if (location->mapping != PROFILE_NONE)
		path = profile_text(profile, profile->mappings.items[location->mapping].path);
	uint32_t index = profile->lines.items[location->first_line].function;
	const struct profile_function *function = profile_function(profile, index);
	const char *name =
		profile_text(profile, function->whole ? function->whole : function->name);
	return !*name || is_made_of_address(name, path);
}

static bool is_one_file(const struct profile_mapping *a, const struct profile_mapping *b)
{
	return a->path == b->path && a->build_id == b->build_id;
}

/* The module of a mapping, which is added if it is not there yet. */
static struct error *find_module(struct search *search, uint32_t mapping, uint32_t *ret)
{
	const struct profile_mappings *mappings = &search->profile->mappings;
	struct unnamed_modules *modules = &search->found.modules;

	for (uint32_t i = 0; i < modules->count; i++) {
		uint32_t other = modules->items[i].mapping;

		if (other == mapping ||
			(other != PROFILE_NONE && mapping != PROFILE_NONE &&
				is_one_file(&mappings->items[other], &mappings->items[mapping]))) {
			*ret = i;
			return NULL;
		}
	}
	*ret = (uint32_t)modules->count;
	return unnamed_modules_append(modules, (struct unnamed_module){.mapping = mapping});
}

static struct error *judge_location(
	struct search *search, const struct profile_location *location, uint32_t *ret)
{
	const struct profile_mapping *mapping = NULL;
	struct unnamed_module *module;
	struct error *error;

	*ret = PROFILE_NONE;
	if (!is_unnamed(search->profile, location))
		return NULL;
	error = find_module(search, location->mapping, ret);
	if (error)
		return error;
	module = &search->found.modules.items[*ret];
	module->addresses++;
	if (location->mapping != PROFILE_NONE)
		mapping = &search->profile->mappings.items[location->mapping];
	if (mapping && !module->problem)
		module->problem = mapping->problem;
	return NULL;
}

static struct error *judge_locations(struct search *search)
{
	const struct profile_locations *locations = &search->profile->locations;
	struct error *error = u32_array_reserve(&search->verdicts, locations->count);

	for (size_t i = 0; !error && i < locations->count; i++) {
		uint32_t module;

		error = judge_location(search, &locations->items[i], &module);
		if (!error)
			error = u32_array_append(&search->verdicts, module);
	}
	return error;
}

static void count_sample(struct search *search, uint32_t index, int64_t value)
{
	size_t depth;
	const uint32_t *stack =
		profile_stack(search->profile, search->profile->samples.items[index].stack, &depth);
	size_t counted =
		runtime_frames_cut(&search->runtime, search->profile, stack, depth).locations;
	size_t hidden = depth - visible_depth(&search->visible, stack, depth);
	bool some = false;

	for (size_t i = hidden; i < counted; i++) {
		uint32_t verdict = search->verdicts.items[stack[i]];
		struct unnamed_module *module;

		if (verdict == PROFILE_NONE)
			continue;
		some = true;
		module = &search->found.modules.items[verdict];
		if (module->last_sample == index + 1)
			continue;
		module->last_sample = index + 1;
		module->value = add_saturating(module->value, value);
	}
	if (some)
		search->found.value = add_saturating(search->found.value, value);
	search->found.total = add_saturating(search->found.total, value);
}

static int compare_modules(const void *left, const void *right)
{
	const struct unnamed_module *a = left, *b = right;

	if (a->value != b->value)
		return a->value > b->value ? -1 : 1;
	return (a->mapping > b->mapping) - (a->mapping < b->mapping);
}

/* What no sample has is left out. */
static void sort_modules(struct unnamed_modules *modules)
{
	if (modules->count)
		qsort(modules->items, modules->count, sizeof(*modules->items), compare_modules);
	while (modules->count && !modules->items[modules->count - 1].value)
		modules->count--;
}

struct error *unnamed_find(const struct profile *profile, size_t value_type, struct unnamed *ret)
{
	CLEANUP(search_deinit) struct search search = {.profile = profile};
	struct error *error = judge_locations(&search);
	size_t width = profile->value_types.count;

	if (!error)
		error = runtime_frames_init(profile, &search.runtime);
	if (!error)
		error = visible_locations_find(profile, &search.visible);
	if (error)
		return error;
	for (uint32_t i = 0; i < profile->samples.count; i++)
		count_sample(&search, i,
			magnitude_saturating(profile->values.items[i * width + value_type]));
	sort_modules(&search.found.modules);
	*ret = search.found;
	search.found = (struct unnamed){0};
	return NULL;
}

static struct error *note_module(struct profile *profile, const char *type,
	const struct unnamed_module *module, int64_t total)
{
	const struct profile_mapping *mapping = &profile->mappings.items[module->mapping];
	const char *problem = profile_text(profile, module->problem);

	return profile_add_comment(profile, "frames without a name in %s (%.1f%% of %s)%s%s",
		path_file_name(profile_text(profile, mapping->path)),
		100 * (double)module->value / (double)total, type, *problem ? ": " : "", problem);
}

static bool is_worth_a_note(const struct profile *profile, const struct unnamed_module *module)
{
	return module->mapping != PROFILE_NONE &&
	       !path_is_without_file(
		       profile_text(profile, profile->mappings.items[module->mapping].path));
}

struct error *unnamed_note(struct profile *profile)
{
	CLEANUP(unnamed_deinit) struct unnamed unnamed = {0};
	struct error *error;
	size_t type, noted = 0;

	if (!profile->samples.count || !profile_find_value_type(profile, NULL, &type))
		return NULL;
	error = unnamed_find(profile, type, &unnamed);
	for (size_t i = 0; !error && i < unnamed.modules.count && noted < NOTED_MODULES; i++) {
		const struct unnamed_module *module = &unnamed.modules.items[i];

		if (!is_worth_a_note(profile, module))
			continue;
		if (module->value < unnamed.total / NOTED_FRACTION)
			break;
		error = note_module(profile,
			profile_text(profile, profile->value_types.items[type].type), module,
			unnamed.total);
		noted++;
	}
	return error;
}
