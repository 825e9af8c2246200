#pragma once

#include "elf/modules.h"
#include "unwind/frame_entry.h"

/* A function and its CIE; the cursors are into checked_file.frames. */
struct checked_function {
	struct common_entry common;
	struct function_entry entry;
	uint64_t place; /* of the FDE */
	bool shadowed;  /* another one has addresses of it, too */
};
ARRAY_DEFINE(checked_functions, struct checked_function)

/* A file as a process would have it, at the file's own addresses. */
struct checked_file {
	const char *path;
	struct module_table *modules;
	struct elf_image *image; /* borrowed from modules */
	uint8_t *memory;         /* of all segments */
	uint64_t start, end;
	struct u8_array frames; /* .eh_frame */
	struct checked_functions functions;
	size_t broken; /* entries that are not understood */
};

/* false: there is nothing to check in it. */
bool checked_file_init(struct checked_file *file, const char *path);
void checked_file_deinit(struct checked_file *file);

/* false: it reaches beyond the segments. */
bool checked_file_read(const struct checked_file *file, uint64_t address, uint64_t *ret);
bool checked_file_has_code(const struct checked_file *file, uint64_t start, uint64_t end);
