#include "jemalloc/instance.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/quantity.h"
#include "base/string_builder.h"
#include "elf/debug_search.h"
#include "jemalloc/instance_search.h"

static const char marker[] = "mallctl";

void jemalloc_instance_deinit(struct jemalloc_instance *instance)
{
	free(instance->prefix);
	free(instance->path);
	*instance = (struct jemalloc_instance){0};
}

void jemalloc_instances_free(struct jemalloc_instances *instances)
{
	ARRAY_FOR_EACH (instance, instances)
		jemalloc_instance_deinit(instance);
	jemalloc_instances_deinit(instances);
}

/* "PREFIXmallctl": the length of the prefix; -1 for another name. */
static int prefix_length(const char *name)
{
	size_t length = strlen(name), marker_length = sizeof(marker) - 1;

	if (length < marker_length || strcmp(name + length - marker_length, marker) != 0)
		return -1;
	return (int)(length - marker_length);
}

/* Of a jemalloc with this prefix. NULL: none of that name. */
static const struct elf_symbol *find_function(
	struct elf_image *image, const char *prefix, const char *name)
{
	CLEANUP(cleanup_free) char *whole = NULL;

	if (asprintf(&whole, "%s%s", prefix, name) < 0) {
		whole = NULL;
		return NULL;
	}
	return elf_image_symbol_named(image, whole);
}

/* An own function of that name is no jemalloc: the two others must be there too. */
static bool has_companions(struct elf_image *image, const char *prefix)
{
	return find_function(image, prefix, "mallctlbymib") &&
	       find_function(image, prefix, "mallctlnametomib");
}

static uint64_t find_stats_print(
	const struct module *module, struct elf_image *image, const char *prefix)
{
	const struct elf_symbol *symbol = find_function(image, prefix, "malloc_stats_print");

	return symbol ? symbol->address + module->bias : 0;
}

static bool is_known(const struct jemalloc_instances *instances, uint64_t mallctl)
{
	ARRAY_FOR_EACH (instance, instances)
		if (instance->mallctl == mallctl)
			return true;
	return false;
}

static struct error *consider(const struct module *module, struct elf_image *image,
	const struct elf_symbol *symbol, struct jemalloc_instances *instances)
{
	struct jemalloc_instance instance = {.mallctl = symbol->address + module->bias};
	int length = prefix_length(symbol->name);
	struct error *error;

	if (length < 0 || instance.mallctl < module->start || instance.mallctl >= module->end ||
		is_known(instances, instance.mallctl))
		return NULL;
	instance.prefix = strndup(symbol->name, (size_t)length);
	instance.path = strdup(module->path);
	if (!instance.prefix || !instance.path) {
		jemalloc_instance_deinit(&instance);
		return &error_no_memory;
	}
	if (!has_companions(image, instance.prefix)) {
		jemalloc_instance_deinit(&instance);
		return NULL;
	}
	instance.stats_print = find_stats_print(module, image, instance.prefix);
	error = jemalloc_instances_append(instances, instance);
	if (error)
		jemalloc_instance_deinit(&instance);
	return error;
}

/* image: the module's own, or one that has its symbols. */
static struct error *search_symbols(
	const struct module *module, struct elf_image *image, struct jemalloc_instances *instances)
{
	const struct elf_symbols *symbols;
	struct error *error = elf_image_symbols(image, &symbols);

	for (size_t i = 0; !error && i < symbols->count; i++)
		error = consider(module, image, &symbols->items[i], instances);
	return error;
}

/* A file that is there for another reason is looked at anyway; one is looked for if need be. */
static struct error *search_debug_file(const struct module *module, struct debug_search *search,
	bool speaks, struct jemalloc_instances *instances)
{
	struct debug_files files;
	struct error *error = debug_search_find(
		search, module->image, speaks ? DEBUG_SYMBOLS : 0, DEBUG_LOCAL, &files);

	if (error || !files.symbols || files.symbols == module->image || !files.proven)
		return error;
	return error_unless(search_symbols(module, files.symbols, instances), ERROR_MALFORMED);
}

static struct error *find_in_module(const struct module *module, struct debug_search *search,
	struct jemalloc_instances *instances)
{
	size_t before = instances->count;
	bool speaks = false;
	struct error *error = search_symbols(module, module->image, instances);

	if (!error && instances->count == before)
		error = instance_speaks(module, &speaks);
	if (!error && instances->count == before)
		error = search_debug_file(module, search, speaks, instances);
	return error || !speaks || instances->count > before ? error
							     : instance_search(module, instances);
}

struct error *jemalloc_find_instances(struct module_table *modules, struct jemalloc_instances *ret)
{
	struct jemalloc_instances instances = {0};
	size_t count;
	struct module *items = module_table_items(modules, &count);
	struct error *error = NULL;

	for (size_t i = 0; !error && i < count; i++) {
		module_load(modules, &items[i]);
		if (items[i].image)
			error = find_in_module(&items[i], module_table_search(modules), &instances);
	}
	if (error) {
		jemalloc_instances_free(&instances);
		return error;
	}
	*ret = instances;
	return NULL;
}

static const struct jemalloc_instance *usual_instance(
	const struct jemalloc_instances *instances, const char *executable)
{
	ARRAY_FOR_EACH (instance, instances)
		if (strcmp(instance->path, executable) == 0)
			return instance;
	return &instances->items[0];
}

static bool is_called(const struct jemalloc_instance *instance, const char *text)
{
	return strcmp(instance->prefix, text) == 0 || strstr(instance->path, text);
}

static struct error *not_one(
	const struct jemalloc_instances *instances, const char *text, size_t found)
{
	STRING_BUILDER(list);

	for (size_t i = 0; i < instances->count; i++)
		string_append_format(&list, "%s%zu: %s, %s%s", i ? "; " : "", i + 1,
			instances->items[i].path,
			instances->items[i].prefix[0] ? "prefix " : "no prefix",
			instances->items[i].prefix);
	return error_set_hint(
		found ? error_create(ERROR_USAGE,
				"'%s' is what %zu of the process's jemallocs are called", text,
				found)
		      : error_create(
				ERROR_USAGE, "no jemalloc of the process is called '%s'", text),
		"there are %s", list.text ? list.text : "");
}

struct error *jemalloc_choose_instance(const struct jemalloc_instances *instances, const char *text,
	const char *executable, const struct jemalloc_instance **ret)
{
	const struct jemalloc_instance *chosen = NULL;
	uint64_t number;
	size_t found = 0;

	if (!text[0]) {
		*ret = usual_instance(instances, executable);
		return NULL;
	}
	if (parse_unsigned(text, &number)) {
		if (number < 1 || number > instances->count)
			return not_one(instances, text, 0);
		*ret = &instances->items[number - 1];
		return NULL;
	}
	ARRAY_FOR_EACH (instance, instances)
		if (is_called(instance, text)) {
			chosen = instance;
			found++;
		}
	if (found != 1)
		return not_one(instances, text, found);
	*ret = chosen;
	return NULL;
}

char *jemalloc_variable(const struct jemalloc_instance *instance)
{
	char *name;

	if (asprintf(&name, "%sMALLOC_CONF", instance->prefix) < 0)
		return NULL;
	for (char *at = name; *at; at++)
		*at = (char)toupper((unsigned char)*at);
	return name;
}
