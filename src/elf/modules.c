#include "elf/modules.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"

/* An ELF file within a file: a library in an archive. */
struct module_part {
	uint64_t offset;
	struct elf_image *image; /* NULL: none begins there that could be read */
};
ARRAY_DEFINE(module_parts, struct module_part)

struct module_file {
	struct mapping mapping; /* one of those it has now; the path is owned */
	struct elf_image *image;
	struct error *error; /* why image is NULL */
	struct module_parts parts;
	bool tried;
	bool used; /* by the mappings of the update that is under way */
};

ARRAY_DEFINE(module_files, struct module_file *)
ARRAY_DEFINE(module_items, struct module)

struct module_table {
	struct module_opener opener;
	struct module_files files;
	struct module_items modules; /* sorted by start */
	struct module *last_found;
	uint64_t changes;
};

struct error *module_table_create(struct module_opener opener, struct module_table **ret)
{
	struct module_table *table = calloc(1, sizeof(*table));

	if (!table)
		return &error_no_memory;
	table->opener = opener;
	*ret = table;
	return NULL;
}

static void module_file_destroy(struct module_file *file)
{
	elf_image_close(file->image);
	ARRAY_FOR_EACH (part, &file->parts)
		elf_image_close(part->image);
	module_parts_deinit(&file->parts);
	error_destroy(file->error);
	free(file->mapping.path);
	free(file);
}

void module_table_destroy(struct module_table *table)
{
	if (!table)
		return;
	ARRAY_FOR_EACH (file, &table->files)
		module_file_destroy(*file);
	module_files_deinit(&table->files);
	module_items_deinit(&table->modules);
	free(table);
}

struct debug_search *module_table_search(const struct module_table *table)
{
	return table->opener.search;
}

static bool is_same_file(const struct mapping *a, const struct mapping *b)
{
	return a->inode == b->inode && a->device_major == b->device_major &&
	       a->device_minor == b->device_minor && a->deleted == b->deleted &&
	       strcmp(a->path, b->path) == 0;
}

static struct module_file *find_file(struct module_table *table, const struct mapping *mapping)
{
	ARRAY_FOR_EACH (file, &table->files) {
		if (is_same_file(&(*file)->mapping, mapping))
			return *file;
	}
	return NULL;
}

static struct error *add_file(
	struct module_table *table, const struct mapping *mapping, struct module_file **ret)
{
	struct module_file *file = calloc(1, sizeof(*file));
	struct error *error;

	if (!file)
		return &error_no_memory;
	file->mapping = *mapping;
	file->mapping.path = strdup(mapping->path);
	error = file->mapping.path ? module_files_append(&table->files, file) : &error_no_memory;
	if (error)
		module_file_destroy(file);
	else
		*ret = file;
	return error;
}

/* first: of all mappings, which are those before it. */
static void find_starts(const struct mapping *first, const struct mapping *mapping,
	uint64_t starts[static MODULE_STARTS])
{
	size_t count = 1;

	for (size_t i = 0; i < MODULE_STARTS; i++)
		starts[i] = mapping->offset;
	for (const struct mapping *m = mapping; m-- > first && count < MODULE_STARTS;) {
		/* Between its mappings a library may have memory without a file. */
		if (!m->inode)
			continue;
		if (!is_same_file(m, mapping) || m->offset > starts[count - 1])
			break;
		starts[count++] = m->offset;
	}
}

static struct error *add_module(struct module_table *table, const struct mapping *first,
	const struct mapping *mapping, struct module_items *modules)
{
	struct module_file *file = find_file(table, mapping);
	struct error *error = NULL;

	if (!file)
		error = add_file(table, mapping, &file);
	if (error)
		return error;
	struct module module = {
		.start = mapping->start,
		.end = mapping->end,
		.offset = mapping->offset,
		.path = file->mapping.path,
		.file = file,
	};
	find_starts(first, mapping, module.starts);
	return module_items_append(modules, module);
}

/* A file is asked for by a mapping that is there now, which the opener may need. */
static void mark_used(struct module_file *file, const struct mapping *mapping)
{
	char *path = file->mapping.path;

	if (file->used)
		return;
	file->used = true;
	file->mapping = *mapping;
	file->mapping.path = path;
}

static void drop_unused(struct module_table *table)
{
	size_t kept = 0;

	ARRAY_FOR_EACH (file, &table->files) {
		if ((*file)->used)
			table->files.items[kept++] = *file;
		else
			module_file_destroy(*file);
	}
	table->files.count = kept;
}

static bool is_same_module(const struct module *a, const struct module *b)
{
	return a->start == b->start && a->end == b->end && a->offset == b->offset &&
	       a->file == b->file;
}

static bool are_same_modules(const struct module_items *a, const struct module_items *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (!is_same_module(&a->items[i], &b->items[i]))
			return false;
	}
	return true;
}

static struct error *make_modules(
	struct module_table *table, const struct mappings *mappings, struct module_items *ret)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (mapping, &mappings->list) {
		if (!error && mapping->executable)
			error = add_module(table, mappings->list.items, mapping, ret);
	}
	return error;
}

struct error *module_table_update(
	struct module_table *table, const struct mappings *mappings, bool *ret_changed)
{
	CLEANUP(module_items_deinit) struct module_items modules = {0};
	struct error *error = make_modules(table, mappings, &modules);

	if (error)
		return error;
	*ret_changed = !are_same_modules(&modules, &table->modules);
	table->changes += *ret_changed;
	ARRAY_FOR_EACH (file, &table->files)
		(*file)->used = false;
	struct module *module = modules.items;
	ARRAY_FOR_EACH (mapping, &mappings->list) {
		if (mapping->executable)
			mark_used(module++->file, mapping);
	}
	drop_unused(table);
	if (!*ret_changed)
		return NULL;
	struct module_items old = table->modules;
	table->modules = modules;
	modules = old;
	table->last_found = NULL;
	return NULL;
}

static struct error *open_file(const struct module_table *table, struct module_file *file)
{
	struct error *error;
	int fd = -1;

	if (!*file->mapping.path)
		return error_create(ERROR_NOT_FOUND, "memory without a file");
	error = table->opener.open(table->opener.context, &file->mapping, &fd);
	return error ? error : elf_image_open(fd, file->mapping.path, &file->image);
}

/*
 * The kernel maps whole pages: an offset below a segment's start, in the same page, belongs to it
 * as well. Only executable segments are looked at, as another one may share that page.
 */
static bool find_bias(const struct elf_image *image, uint64_t offset, struct module *module)
{
	uint64_t page_size = (uint64_t)sysconf(_SC_PAGESIZE), address;
	size_t count;
	const struct elf_segment *segments = elf_image_segments(image, &count);

	for (size_t i = 0; i < count; i++) {
		const struct elf_segment *segment = &segments[i];
		uint64_t start = segment->offset & -page_size;

		if (!segment->executable || offset < start ||
			offset - start >= segment->file_size + (segment->offset - start))
			continue;
		module->bias = module->start - (segment->address - segment->offset + offset);
		return true;
	}
	if (!elf_image_offset_to_address(image, offset, &address))
		return false;
	module->bias = module->start - address;
	return true;
}

static struct error *open_part(
	const struct module_table *table, const struct module_file *file, struct module_part *part)
{
	struct error *error;
	int fd = -1;

	error = table->opener.open(table->opener.context, &file->mapping, &fd);
	if (!error)
		error = elf_image_open_within(fd, part->offset, file->mapping.path, &part->image);
	if (!error || error->kind == ERROR_NO_MEMORY)
		return error;
	error_destroy(error);
	return NULL;
}

static struct elf_image *part_at(
	const struct module_table *table, struct module_file *file, uint64_t offset)
{
	struct module_part part = {.offset = offset};
	struct error *error;

	ARRAY_FOR_EACH (known, &file->parts)
		if (known->offset == offset)
			return known->image;
	error = open_part(table, file, &part);
	if (!error)
		error = module_parts_append(&file->parts, part);
	if (!error)
		return part.image;
	error_destroy(error);
	elf_image_close(part.image);
	return NULL;
}

/* An archive is no ELF file, but the library begins where the first of its mappings does. */
static void load_from_archive(struct module_table *table, struct module *module)
{
	for (size_t i = 0; i < MODULE_STARTS; i++) {
		uint64_t start = module->starts[i];
		struct elf_image *image;

		if (!start || (i && start == module->starts[i - 1]))
			continue;
		image = part_at(table, module->file, start);
		if (!image || !find_bias(image, module->offset - start, module))
			continue;
		module->image = image;
		module->problem = NULL;
		return;
	}
}

void module_load(struct module_table *table, struct module *module)
{
	struct module_file *file = module->file;

	if (module->tried)
		return;
	module->tried = true;
	if (!file->tried)
		file->error = open_file(table, file);
	file->tried = true;
	if (file->error) {
		module->problem = file->error->message;
		module->hint = file->error->hint;
	} else if (!find_bias(file->image, module->offset, module))
		module->problem = "the file has no segment for this mapping";
	else
		module->image = file->image;
	if (file->error && file->error->kind == ERROR_MALFORMED)
		load_from_archive(table, module);
}

static bool holds(const struct module *module, uint64_t address)
{
	return address >= module->start && address < module->end;
}

/* The last module that starts at or before the address, or NULL. */
static struct module *search_modules(const struct module_items *modules, uint64_t address)
{
	size_t count = SORTED_COUNT(modules->items, modules->count, start, <=, address);

	return count ? &modules->items[count - 1] : NULL;
}

uint64_t module_table_changes(const struct module_table *table)
{
	return table->changes;
}

struct module *module_table_find(struct module_table *table, uint64_t address)
{
	struct module *module = table->last_found;

	if (!module || !holds(module, address))
		module = search_modules(&table->modules, address);
	if (!module || !holds(module, address))
		return NULL;
	table->last_found = module;
	module_load(table, module);
	return module;
}

struct module *module_table_items(struct module_table *table, size_t *count)
{
	*count = table->modules.count;
	return table->modules.items;
}
