#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "elf/image.h"
#include "unwind/file_pages.h"

/*
 * Whether the file has an .eh_frame_hdr with a table of the form that all linkers make: LSB Core,
 * "The .eh_frame_hdr section".
 */
bool has_fde_table(struct file_pages *pages, const struct elf_image *image);

/*
 * The last FDE in that table that starts at or before the address; whether it reaches the address
 * is not looked at. All are the file's own addresses.
 */
bool find_fde(
	struct file_pages *pages, const struct elf_image *image, uint64_t address, uint64_t *ret);
