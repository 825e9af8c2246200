#include "call/equipment.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/path.h"
#include "elf/debug_search.h"

#define CODE_MAX  (64 * 1024 * 1024)
#define PAGE      4096ULL
#define ALIGNMENT 64ULL

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool is_c_library(const struct module *module)
{
	static const char *const prefixes[] = {
		"libc.so", "libc-2", "libc.musl", "libpthread.so", "libpthread-2", "ld-musl"};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (starts_with(path_file_name(module->path), prefixes[i]))
			return true;
	return false;
}

/* As the file is called: /lib/ld-musl-x86_64.so.1 leads to it in Debian; glibc's is libc.so.6. */
bool is_musl(const struct module *module)
{
	const char *name = path_file_name(module->path);

	return starts_with(name, "ld-musl") || starts_with(name, "libc.musl") ||
	       strcmp(name, "libc.so") == 0;
}

static bool any_module(struct module_table *modules, bool (*is_it)(const struct module *module))
{
	size_t count;
	const struct module *items = module_table_items(modules, &count);

	for (size_t i = 0; i < count; i++)
		if (is_it(&items[i]))
			return true;
	return false;
}

bool has_c_library(struct module_table *modules)
{
	return any_module(modules, is_c_library);
}

static uint64_t find_in(struct module *module, const char *name)
{
	const struct elf_symbol *symbol =
		module->image ? elf_image_symbol_named(module->image, name) : NULL;
	uint64_t address = symbol ? symbol->address + module->bias : 0;

	return symbol && address >= module->start && address < module->end ? address : 0;
}

/* In the C library, or where there is none, wherever it was linked into. */
static uint64_t find_function(struct module_table *modules, bool any_library, const char *name)
{
	size_t count;
	struct module *items = module_table_items(modules, &count);

	for (size_t i = 0; i < count; i++) {
		uint64_t address;

		if (any_library && !is_c_library(&items[i]))
			continue;
		module_load(modules, &items[i]);
		address = find_in(&items[i], name);
		if (address)
			return address;
	}
	return 0;
}

static bool has_all(const struct call_gadgets *gadgets)
{
	return gadgets->system_call && gadgets->signal_return && gadgets->store &&
	       gadgets->thread_exit;
}

static struct error *search_module(
	struct target *target, const struct module *module, struct call_gadgets *gadgets)
{
	CLEANUP(u8_array_deinit) struct u8_array code = {0};
	size_t length = module->end - module->start;
	struct error *error;

	if (length > CODE_MAX || has_all(gadgets))
		return NULL;
	error = u8_array_reserve(&code, length);
	if (error)
		return error;
	code.count = target_read(target, module->start, code.items, length);
	call_gadgets_search(code.items, code.count, module->start, gadgets);
	return NULL;
}

/* The C library first: it has all of them, and stays. Code made at run time does not stay. */
static struct error *find_gadgets(
	struct target *target, struct module_table *modules, struct call_gadgets *gadgets)
{
	struct error *error = NULL;
	size_t count;
	struct module *items = module_table_items(modules, &count);

	for (size_t i = 0; !error && i < count; i++)
		if (is_c_library(&items[i]))
			error = search_module(target, &items[i], gadgets);
	for (size_t i = 0; !error && i < count; i++) {
		module_load(modules, &items[i]);
		if (items[i].image && !is_c_library(&items[i]))
			error = search_module(target, &items[i], gadgets);
	}
	if (error || (gadgets->system_call && gadgets->signal_return))
		return error;
	return error_create(ERROR_UNSUPPORTED,
		"the code of process %d has no 'syscall; ret' or no signal return to start from",
		target->identity.pid);
}

/* glibc's loader makes its own allocator's memory out of what is left over in its data pages. */
static bool uses_leftover(const struct module *module)
{
	const char *name = path_file_name(module->path);

	return starts_with(name, "ld-linux") || starts_with(name, "ld-2");
}

static bool is_writable(const struct mappings *mappings, uint64_t address)
{
	const struct mapping *mapping = mappings_find(mappings, address);

	return mapping && mapping->readable && mapping->writable && !mapping->shared;
}

/* Whether the segment's first byte is there. A program may map a part of a file once more. */
static bool is_loaded(const struct module *module, const struct elf_segment *segment,
	const struct mappings *mappings)
{
	uint64_t address = segment->address + module->bias;
	const struct mapping *mapping = mappings_find(mappings, address);

	return mapping && strcmp(mapping->path, module->path) == 0 &&
	       address - mapping->start + mapping->offset == segment->offset;
}

/* The run-time address behind all that the loader has put into memory; 0: it has not. */
static uint64_t find_end(const struct module *module, const struct mappings *mappings)
{
	size_t count;
	const struct elf_segment *segments = elf_image_segments(module->image, &count);
	const struct elf_segment *last = NULL;
	uint64_t end = 0;

	for (size_t i = 0; i < count; i++) {
		const struct elf_segment *segment = &segments[i];

		if (segment->address + segment->memory_size > end)
			end = segment->address + segment->memory_size;
		if (segment->file_size && (!last || segment->address > last->address))
			last = segment;
	}
	return last && is_loaded(module, last, mappings) ? end + module->bias : 0;
}

/* Behind the module's last byte of data, up to the end of that page. */
static void consider_leftover(const struct module *module, const struct mappings *mappings,
	struct call_equipment *equipment)
{
	uint64_t end = (find_end(module, mappings) + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	size_t length = (size_t)(-end & (PAGE - 1));

	if (length <= equipment->dead_length || !is_writable(mappings, end) ||
		!is_writable(mappings, end + length - 1))
		return;
	equipment->dead_memory = end;
	equipment->dead_length = length;
}

/* musl's loader gives what is left over in the pages of all modules to malloc(). */
static struct error *find_dead_memory(
	struct target *target, struct module_table *modules, struct call_equipment *equipment)
{
	struct mappings mappings;
	size_t count;
	struct module *items = module_table_items(modules, &count);
	struct error *error;

	if (any_module(modules, is_musl))
		return NULL;
	error = target_list_mappings(target, &mappings);
	if (error)
		return error;
	for (size_t i = 0; i < count; i++) {
		module_load(modules, &items[i]);
		if (items[i].image && !uses_leftover(&items[i]))
			consider_leftover(&items[i], &mappings, equipment);
	}
	mappings_deinit(&mappings);
	return NULL;
}

/*
 * SIGSYNCCALL: setresuid() waits until all threads have taken it, and holds the lock that
 * pthread_create() needs. glibc's, 33, is open everywhere.
 */
#define MUSL_SIGNALS (1ULL << (34 - 1))

/* Linked statically it has a name; the shared one does not export it. */
static void find_musl(struct module_table *modules, struct call_equipment *equipment)
{
	equipment->has_musl_built_in =
		!has_c_library(modules) && find_function(modules, false, "__synccall");
	if (equipment->has_musl_built_in || any_module(modules, is_musl))
		equipment->own_signals = MUSL_SIGNALS;
}

/* A program that has its C library built in has no names of it, either, once it is stripped. */
static struct error *find_lost_names(struct module_table *modules)
{
	struct debug_files files;
	struct error *error = NULL;
	size_t count;
	struct module *items = module_table_items(modules, &count);

	if (has_c_library(modules))
		return NULL;
	for (size_t i = 0; !error && i < count; i++) {
		module_load(modules, &items[i]);
		if (items[i].image)
			error = debug_search_find(module_table_search(modules), items[i].image,
				DEBUG_SYMBOLS, DEBUG_LOCAL, &files);
	}
	return error;
}

static void find_functions(struct module_table *modules, struct call_equipment *equipment)
{
	const struct {
		const char *name;
		uint64_t *address;
	} wanted[] = {
		{"__errno_location", &equipment->functions.errno_location},
		{"wmemcpy", &equipment->functions.copy_words},
		{"pthread_create", &equipment->pthread_create},
		{"pthread_attr_init", &equipment->attribute_init},
		{"pthread_attr_setstack", &equipment->attribute_set_stack},
		{"pthread_attr_setdetachstate", &equipment->attribute_set_detached},
		{"pthread_attr_destroy", &equipment->attribute_destroy},
	};
	bool any_library = has_c_library(modules);

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		*wanted[i].address = find_function(modules, any_library, wanted[i].name);
}

struct error *call_equipment_find(
	struct target *target, struct module_table *modules, struct call_equipment *ret)
{
	struct call_equipment equipment = {0};
	struct error *error = find_gadgets(target, modules, &equipment.gadgets);

	if (!error)
		error = find_dead_memory(target, modules, &equipment);
	if (error)
		return error;
	error = find_lost_names(modules);
	if (error)
		return error;
	find_functions(modules, &equipment);
	find_musl(modules, &equipment);
	*ret = equipment;
	return NULL;
}

struct error *call_equipment_lacks(const char *function, const char *purpose)
{
	return error_set_hint(
		error_create(ERROR_UNSUPPORTED, "limpet finds no %s() in the process, to %s with",
			function, purpose),
		"a program that is linked statically has no more of the C library than it uses "
		"itself, and nothing that could be found when it is stripped");
}

struct time_places call_equipment_time_places(const struct call_equipment *equipment)
{
	size_t count = equipment->dead_length / TIME_PLACE_LENGTH / 4;

	if (count > TIME_PLACES_MAX)
		count = TIME_PLACES_MAX;
	if (!count && equipment->dead_length >= TIME_PLACE_LENGTH)
		count = 1;
	return (struct time_places){
		.address = equipment->dead_memory + equipment->dead_length -
			   count * TIME_PLACE_LENGTH,
		.count = count,
	};
}

size_t call_equipment_room(const struct call_equipment *equipment)
{
	return equipment->dead_length -
	       call_equipment_time_places(equipment).count * TIME_PLACE_LENGTH;
}
