#include "checked_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "unwind_check.h"

#define PAGE_SIZE  4096ULL
#define MEMORY_MAX (2ULL << 30) /* what a table's distances reach */

static struct error *open_file(void *context, const struct mapping *mapping, int *ret_fd)
{
	(void)mapping;
	*ret_fd = open(context, O_RDONLY | O_CLOEXEC);
	return *ret_fd < 0 ? error_from_errno(errno, "cannot open") : NULL;
}

static struct error *open_image(const char *path, struct elf_image **ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? error_from_errno(errno, "cannot open") : elf_image_open(fd, path, ret);
}

/* A line for each executable segment, as in /proc/PID/maps. */
static void map_segments(struct checked_file *file, const struct elf_image *image)
{
	CLEANUP(mappings_deinit) struct mappings mappings = {0};
	size_t count;
	const struct elf_segment *segments = elf_image_segments(image, &count);
	bool changed;

	for (size_t i = 0; i < count; i++) {
		const struct elf_segment *segment = &segments[i];
		uint64_t skipped = segment->address % PAGE_SIZE;
		const struct mapping mapping = {
			.start = segment->address - skipped,
			.end = (segment->address + segment->memory_size + PAGE_SIZE - 1) &
			       -PAGE_SIZE,
			.offset = segment->offset - skipped,
			.inode = 1,
			.readable = true,
			.executable = true,
			.path = strdup(file->path),
		};

		if (!segment->executable || !segment->file_size)
			free(mapping.path);
		else
			must(mapping_items_append(&mappings.list, mapping));
	}
	must(module_table_create(
		(struct module_opener){.open = open_file, .context = (void *)(uintptr_t)file->path}, &file->modules));
	must(module_table_update(file->modules, &mappings, &changed));
}

/* The image, and of all addresses what the loader puts there. */
static bool load(struct checked_file *file)
{
	size_t count;
	struct module *modules = module_table_items(file->modules, &count);

	if (!count)
		return false;
	module_load(file->modules, modules);
	file->image = modules->image;
	if (!file->image || modules->bias)
		return false;
	const struct elf_segment *segments = elf_image_segments(file->image, &count);
	file->start = UINT64_MAX;
	for (size_t i = 0; i < count; i++) {
		uint64_t end = segments[i].address + segments[i].memory_size;

		if (segments[i].address < file->start)
			file->start = segments[i].address & -PAGE_SIZE;
		if (end > file->end)
			file->end = (end + PAGE_SIZE - 1) & -PAGE_SIZE;
	}
	if (file->start >= file->end || file->end - file->start > MEMORY_MAX)
		return false;
	file->memory = calloc(1, file->end - file->start);
	if (!file->memory)
		must(&error_no_memory);
	for (size_t i = 0; i < count; i++)
		elf_image_read(file->image, segments[i].address,
			file->memory + (segments[i].address - file->start), segments[i].file_size);
	return true;
}

static bool parse_at(
	const struct checked_file *file, uint64_t start, uint64_t place, struct entry_header *ret)
{
	uint64_t offset = place - start;

	return offset < file->frames.count &&
	       entry_header_parse(SECTION_EH_FRAME,
		       cursor_over(file->frames.items + offset, file->frames.count - offset), place,
		       ret);
}

/* false: it is not understood. */
static bool add_function(struct checked_file *file, uint64_t start, uint64_t place)
{
	struct checked_function function = {.place = place};
	struct entry_header header, common;

	if (!parse_at(file, start, place, &header))
		return false;
	if (header.is_common)
		return true;
	if (!parse_at(file, start, header.common, &common) ||
		!common_entry_parse(SECTION_EH_FRAME, &common, &function.common) ||
		!function_entry_parse(&function.common, &header, &function.entry))
		return false;
	must(checked_functions_append(&file->functions, function));
	return true;
}

static void list_functions(struct checked_file *file, uint64_t start)
{
	size_t at = 0;

	while (file->frames.count - at >= sizeof(uint32_t)) {
		uint64_t length = entry_length(file->frames.items + at, file->frames.count - at);

		if (length > file->frames.count - at)
			length = file->frames.count - at;
		if (length && !add_function(file, start, start + at))
			file->broken++;
		at += length ? length : sizeof(uint32_t);
	}
}

static int compare_functions(const void *a, const void *b)
{
	const struct checked_function *left = a, *right = b;

	return left->entry.start < right->entry.start ? -1 : left->entry.start > right->entry.start;
}

static void mark_shadowed(struct checked_functions *functions)
{
	struct checked_function *furthest = functions->items;

	if (!functions->count)
		return;
	qsort(functions->items, functions->count, sizeof(*functions->items), compare_functions);
	for (size_t i = 1; i < functions->count; i++) {
		struct checked_function *function = &functions->items[i];

		if (function->entry.start < furthest->entry.end ||
			function->entry.start == furthest->entry.start)
			function->shadowed = furthest->shadowed = true;
		if (function->entry.end > furthest->entry.end)
			furthest = function;
	}
}

bool checked_file_init(struct checked_file *file, const char *path)
{
	struct elf_image *image;
	struct elf_section section;
	struct error *error = open_image(path, &image);

	*file = (struct checked_file){.path = path};
	if (error) {
		error_destroy(error);
		return false;
	}
	bool useful = elf_image_machine(image) == EM_X86_64 &&
		      elf_image_find_section(image, ".eh_frame", &section);
	if (useful)
		map_segments(file, image);
	elf_image_close(image);
	if (!useful || !load(file))
		return false;
	error = elf_image_read_section(file->image, ".eh_frame", &file->frames);
	if (error) {
		error_destroy(error);
		return false;
	}
	list_functions(file, section.address);
	mark_shadowed(&file->functions);
	return file->functions.count > 0;
}

void checked_file_deinit(struct checked_file *file)
{
	module_table_destroy(file->modules);
	free(file->memory);
	u8_array_deinit(&file->frames);
	checked_functions_deinit(&file->functions);
}

bool checked_file_read(const struct checked_file *file, uint64_t address, uint64_t *ret)
{
	uint64_t length = file->end - file->start;

	if (address - file->start > length - sizeof(*ret))
		return false;
	memcpy(ret, file->memory + (address - file->start), sizeof(*ret));
	return true;
}

bool checked_file_has_code(const struct checked_file *file, uint64_t start, uint64_t end)
{
	size_t count;
	const struct elf_segment *segments = elf_image_segments(file->image, &count);

	for (size_t i = 0; i < count; i++)
		if (segments[i].executable && start >= segments[i].address &&
			end - segments[i].address <= segments[i].file_size && start < end)
			return true;
	return false;
}
