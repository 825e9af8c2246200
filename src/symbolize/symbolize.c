#include "symbolize/symbolize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/string_builder.h"
#include "elf/debug_search.h"
#include "symbolize/functions.h"
#include "symbolize/naming_problem.h"
#include "symbolize/source.h"

/* A location that is to be named. They are taken mapping by mapping, in order of address. */
struct unnamed {
	uint64_t address;
	uint32_t mapping;
	uint32_t location;
};
ARRAY_DEFINE(unnamed_array, struct unnamed)

struct symbolizer {
	struct profile *profile;
	struct module_table *modules;
	struct function_namer namer;
};

static struct error *set_function(
	struct symbolizer *symbolizer, uint32_t location, const char *name)
{
	const struct function_place nowhere = {NULL, 0};
	struct profile_line line = {.line = 0};
	struct error *error =
		function_namer_add(&symbolizer->namer, name, &nowhere, &line.function);

	return error ? error : profile_set_lines(symbolizer->profile, location, &line, 1);
}

/* The file's own address, if the file is known; otherwise the offset in it. */
static uint64_t address_in_file(
	const struct profile_mapping *mapping, const struct module *module, uint64_t address)
{
	return module ? address - module->bias : address - mapping->start + mapping->offset;
}

/* Why there is no name. module: as of module_of(). */
static struct error *note_problem(
	struct symbolizer *symbolizer, const struct unnamed *unnamed, const struct module *module)
{
	struct profile *profile = symbolizer->profile;
	struct profile_mapping *mapping;

	if (unnamed->mapping >= profile->mappings.count)
		return NULL;
	mapping = &profile->mappings.items[unnamed->mapping];
	if (mapping->problem)
		return NULL;
	return profile_string(profile,
		naming_problem(profile, mapping,
			module ? module : module_table_find(symbolizer->modules, unnamed->address),
			module != NULL),
		&mapping->problem);
}

static struct error *name_by_address(
	struct symbolizer *symbolizer, const struct unnamed *unnamed, const struct module *module)
{
	struct profile *profile = symbolizer->profile;
	const struct profile_mapping *mapping = NULL;
	STRING_BUILDER(name);
	CLEANUP(cleanup_free) char *text = NULL;

	if (unnamed->mapping < profile->mappings.count)
		mapping = &profile->mappings.items[unnamed->mapping];
	if (mapping && mapping->path)
		string_append_format(&name, "%s+0x%llx",
			path_file_name(profile_text(profile, mapping->path)),
			(unsigned long long)address_in_file(mapping, module, unnamed->address));
	else
		string_append_format(&name, "0x%llx", (unsigned long long)unnamed->address);
	struct error *error = string_builder_finish(&name, &text);
	if (!error)
		error = note_problem(symbolizer, unnamed, module);
	return error ? error : set_function(symbolizer, unnamed->location, text);
}

/* The module of a location, if it is that of its mapping and has an image. */
static struct module *module_of(struct symbolizer *symbolizer, const struct unnamed *unnamed)
{
	const struct profile_mapping *mapping;
	struct module *module;
	char build_id[ELF_BUILD_ID_TEXT_SIZE];

	if (unnamed->mapping >= symbolizer->profile->mappings.count)
		return NULL;
	mapping = &symbolizer->profile->mappings.items[unnamed->mapping];
	module = module_table_find(symbolizer->modules, unnamed->address);
	if (!module || !module->image ||
		strcmp(module->path, profile_text(symbolizer->profile, mapping->path)) != 0)
		return NULL;
	if (!mapping->build_id)
		return module;
	elf_image_build_id_text(module->image, build_id);
	return strcmp(build_id, profile_text(symbolizer->profile, mapping->build_id)) == 0 ? module
											   : NULL;
}

static struct error *name_by_symbol(
	struct symbolizer *symbolizer, const struct unnamed *unnamed, const struct module *module)
{
	const char *name = NULL;
	struct debug_files files;
	struct error *error = NULL;

	if (module)
		error = debug_search_find(module_table_search(symbolizer->modules), module->image,
			DEBUG_SYMBOLS, DEBUG_REMOTE, &files);
	if (error)
		return error;
	if (module)
		name = source_symbol_name(module->image, unnamed->address - module->bias);
	if (!name)
		return name_by_address(symbolizer, unnamed, module);
	error = set_function(symbolizer, unnamed->location, name);
	if (!error)
		symbolizer->profile->mappings.items[unnamed->mapping].has_functions = true;
	return error;
}

static int compare_unnamed(const void *a, const void *b)
{
	const struct unnamed *first = a, *second = b;

	if (first->mapping != second->mapping)
		return first->mapping < second->mapping ? -1 : 1;
	return (first->address > second->address) - (first->address < second->address);
}

static struct error *find_unnamed(const struct profile *profile, struct unnamed_array *ret)
{
	struct error *error = NULL;

	for (uint32_t i = 0; !error && i < profile->locations.count; i++) {
		const struct profile_location *location = &profile->locations.items[i];

		if (!location->line_count)
			error = unnamed_array_append(
				ret, (struct unnamed){location->address, location->mapping, i});
	}
	if (ret->count)
		qsort(ret->items, ret->count, sizeof(ret->items[0]), compare_unnamed);
	return error;
}

/* Also of mappings without a location: who reads the profile may look for their files. */
static struct error *set_build_id(struct symbolizer *symbolizer, uint32_t mapping)
{
	struct profile_mapping *items = symbolizer->profile->mappings.items;
	struct unnamed start = {.address = items[mapping].start, .mapping = mapping};
	const struct module *module;
	char text[ELF_BUILD_ID_TEXT_SIZE];

	if (items[mapping].build_id)
		return NULL;
	module = module_of(symbolizer, &start);
	if (!module)
		return NULL;
	elf_image_build_id_text(module->image, text);
	return profile_string(symbolizer->profile, text, &items[mapping].build_id);
}

/* Once, however often a profile is named. */
static struct error *add_remark(struct profile *profile, struct cursor line)
{
	CLEANUP(cleanup_free) char *text = strndup(line.at, cursor_left(&line));
	struct error *error;
	uint32_t string;

	if (!text)
		return &error_no_memory;
	error = profile_string(profile, text, &string);
	ARRAY_FOR_EACH (comment, &profile->comments)
		if (error || *comment == string)
			return error;
	return error ? error : profile_add_comment(profile, "%s", text);
}

static struct error *add_remarks(struct profile *profile, const char *text)
{
	struct cursor rest = cursor_over(text, strlen(text)), line;
	struct error *error = NULL;

	while (!error && cursor_take_line(&rest, &line))
		error = add_remark(profile, line);
	return error;
}

/* A file that is another one by now, and what can be done about that. */
static struct error *note_lost_file(struct profile *profile, const struct module *module)
{
	CLEANUP(cleanup_free) char *text = NULL;

	if (!module->problem || !module->hint)
		return NULL;
	if (asprintf(&text, "%s: %s", module->problem, module->hint) < 0) {
		text = NULL;
		return &error_no_memory;
	}
	return add_remark(profile, cursor_over(text, strlen(text)));
}

/* A debug file that is there, but of another build, and one of the user that fits nothing. */
static struct error *note_refusals(struct symbolizer *symbolizer)
{
	CLEANUP(cleanup_free) char *unused = NULL;
	size_t count;
	const struct module *modules = module_table_items(symbolizer->modules, &count);
	struct error *error =
		debug_search_unused(module_table_search(symbolizer->modules), &unused);

	for (size_t i = 0; !error && i < count; i++)
		error = modules[i].image ? add_remarks(symbolizer->profile,
						   debug_search_refusals(modules[i].image))
					 : note_lost_file(symbolizer->profile, &modules[i]);
	return error || !unused ? error : add_remarks(symbolizer->profile, unused);
}

/* Asks the debug information for all of them at once. */
static struct error *name_by_source(struct symbolizer *symbolizer, const struct unnamed *items,
	size_t count, struct module *module)
{
	CLEANUP(u64_array_deinit) struct u64_array addresses = {0};
	CLEANUP(u32_array_deinit) struct u32_array locations = {0};
	struct source_request request = {.namer = &symbolizer->namer,
		.module = module,
		.search = module_table_search(symbolizer->modules)};
	struct error *error = NULL;

	for (size_t i = 0; !error && i < count; i++) {
		error = u64_array_append(&addresses, items[i].address);
		if (!error)
			error = u32_array_append(&locations, items[i].location);
	}
	if (error)
		return error;
	request.addresses = addresses.items;
	request.locations = locations.items;
	request.count = count;
	return source_name_locations(&request);
}

/* How many of them, from the first on, are of one mapping and one module. */
static size_t count_alike(struct symbolizer *symbolizer, const struct unnamed *items, size_t count,
	const struct module *module)
{
	size_t alike = 1;

	while (alike < count && items[alike].mapping == items[0].mapping &&
		module_of(symbolizer, &items[alike]) == module)
		alike++;
	return alike;
}

/* *ret: how many of them were named. */
static struct error *name_alike(
	struct symbolizer *symbolizer, const struct unnamed *items, size_t count, size_t *ret)
{
	struct module *module = module_of(symbolizer, &items[0]);
	struct error *error = NULL;

	*ret = count_alike(symbolizer, items, count, module);
	if (module)
		error = name_by_source(symbolizer, items, *ret, module);
	for (size_t i = 0; !error && i < *ret; i++)
		if (!symbolizer->profile->locations.items[items[i].location].line_count)
			error = name_by_symbol(symbolizer, &items[i], module);
	return error;
}

struct error *symbolize_profile(struct profile *profile, struct module_table *modules)
{
	struct symbolizer symbolizer = {
		.profile = profile, .modules = modules, .namer = {.profile = profile}};
	CLEANUP(unnamed_array_deinit) struct unnamed_array unnamed = {0};
	struct error *error = find_unnamed(profile, &unnamed);
	size_t named;

	for (uint32_t i = 0; !error && i < profile->mappings.count; i++)
		error = set_build_id(&symbolizer, i);
	for (size_t i = 0; !error && i < unnamed.count; i += named)
		error = name_alike(&symbolizer, unnamed.items + i, unnamed.count - i, &named);
	function_namer_deinit(&symbolizer.namer);
	return error || !unnamed.count ? error : note_refusals(&symbolizer);
}
