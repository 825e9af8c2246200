#include "symbolize/symbolize.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/string_builder.h"
#include "elf/go_functions.h"
#include "symbolize/demangle.h"

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
	const char *last_name;  /* as it is in the module's tables */
	uint32_t last_function; /* of last_name */
};

static struct error *set_function(
	struct symbolizer *symbolizer, uint32_t location, uint32_t function)
{
	struct profile_line line = {.function = function};

	return profile_set_lines(symbolizer->profile, location, &line, 1);
}

static struct error *add_function(
	struct symbolizer *symbolizer, const char *name, const char *system_name, uint32_t *ret)
{
	struct profile_function function = {0};
	struct error *error = profile_string(symbolizer->profile, name, &function.name);

	if (!error)
		error = profile_string(symbolizer->profile, system_name, &function.system_name);
	if (!error)
		error = profile_add_function(symbolizer->profile, &function, ret);
	return error;
}

static struct error *function_of_name(
	struct symbolizer *symbolizer, const char *name, uint32_t *ret)
{
	if (name != symbolizer->last_name) {
		CLEANUP(cleanup_free) char *readable = demangle(name);
		struct error *error = add_function(
			symbolizer, readable ? readable : name, name, &symbolizer->last_function);

		if (error)
			return error;
		symbolizer->last_name = name;
	}
	*ret = symbolizer->last_function;
	return NULL;
}

/* The file's own address, if the file is known; otherwise the offset in it. */
static uint64_t address_in_file(
	const struct profile_mapping *mapping, const struct module *module, uint64_t address)
{
	return module ? address - module->bias : address - mapping->start + mapping->offset;
}

static struct error *name_by_address(
	struct symbolizer *symbolizer, const struct unnamed *unnamed, const struct module *module)
{
	struct profile *profile = symbolizer->profile;
	const struct profile_mapping *mapping = NULL;
	STRING_BUILDER(name);
	CLEANUP(cleanup_free) char *text = NULL;
	uint32_t function;

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
		error = add_function(symbolizer, text, text, &function);
	return error ? error : set_function(symbolizer, unnamed->location, function);
}

/* The module of a location, if it is that of its mapping and has an image. */
static const struct module *module_of(struct symbolizer *symbolizer, const struct unnamed *unnamed)
{
	const struct profile_mapping *mapping;
	const struct module *module;
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

/* Go's table has the names that Go's own tools show; its symbols' have ABIs added. NULL: none. */
static struct error *name_in_module(struct symbolizer *symbolizer, const struct module *module,
	uint64_t address, const char **ret)
{
	const struct go_functions *functions = elf_image_go_functions(module->image);
	struct go_function function;
	struct debug_files files;

	*ret = NULL;
	if (functions && go_functions_find(functions, address, &function) && *function.name) {
		*ret = function.name;
		return NULL;
	}
	struct error *error = debug_search_find(module_table_search(symbolizer->modules),
		module->image, DEBUG_SYMBOLS, DEBUG_REMOTE, &files);
	if (error)
		return error;
	const struct elf_symbol *symbol = elf_image_symbol_at(module->image, address);
	if (symbol)
		*ret = symbol->name;
	return NULL;
}

static struct error *name_location(struct symbolizer *symbolizer, const struct unnamed *unnamed)
{
	const struct module *module = module_of(symbolizer, unnamed);
	const char *name = NULL;
	uint32_t function;
	struct error *error = NULL;

	if (module)
		error = name_in_module(symbolizer, module, unnamed->address - module->bias, &name);
	if (error)
		return error;
	if (!name)
		return name_by_address(symbolizer, unnamed, module);
	error = function_of_name(symbolizer, name, &function);
	if (!error)
		error = set_function(symbolizer, unnamed->location, function);
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

/* A debug file that is there, but of another build, and one of the user that fits nothing. */
static struct error *note_refusals(struct symbolizer *symbolizer)
{
	CLEANUP(cleanup_free) char *unused = NULL;
	size_t count;
	const struct module *modules = module_table_items(symbolizer->modules, &count);
	struct error *error =
		debug_search_unused(module_table_search(symbolizer->modules), &unused);

	for (size_t i = 0; !error && i < count; i++)
		if (modules[i].image)
			error = add_remarks(
				symbolizer->profile, debug_search_refusals(modules[i].image));
	return error || !unused ? error : add_remarks(symbolizer->profile, unused);
}

struct error *symbolize_profile(struct profile *profile, struct module_table *modules)
{
	struct symbolizer symbolizer = {.profile = profile, .modules = modules};
	CLEANUP(unnamed_array_deinit) struct unnamed_array unnamed = {0};
	struct error *error = find_unnamed(profile, &unnamed);

	for (uint32_t i = 0; !error && i < profile->mappings.count; i++)
		error = set_build_id(&symbolizer, i);
	for (size_t i = 0; !error && i < unnamed.count; i++)
		error = name_location(&symbolizer, &unnamed.items[i]);
	return error || !unnamed.count ? error : note_refusals(&symbolizer);
}
