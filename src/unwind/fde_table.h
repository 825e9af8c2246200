#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "elf/image.h"
#include "unwind/file_pages.h"

/* An entry of .eh_frame_hdr's sorted table. All are the file's own addresses. */
struct fde_entry {
	uint64_t header; /* what the entry's two 4-byte offsets are relative to */
	uint64_t entry;
	uint64_t fde;
};

/*
 * The last entry that starts at or before the address; whether its FDE reaches the address is not
 * looked at. False if the file has no .eh_frame_hdr of the form that all linkers make.
 */
bool find_fde(struct file_pages *pages, const struct elf_image *image, uint64_t address,
	struct fde_entry *ret);
