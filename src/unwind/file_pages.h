#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "elf/image.h"

/*
 * Pages of ELF files as the loader lays them out. Unwind information is read in words, thousands
 * of them for a function seen for the first time; this makes each a copy from memory.
 */
struct file_pages;

struct error *file_pages_create(struct file_pages **ret) MUST_CHECK;
void file_pages_destroy(struct file_pages *pages); /* takes NULL */

/* To be called before an image is closed. */
void file_pages_forget(struct file_pages *pages);

/* All of the bytes at the file's own address. Bytes of a page that no segment holds are zeros. */
bool file_pages_read(struct file_pages *pages, const struct elf_image *image, uint64_t address,
	void *buffer, size_t length);

/* The same of 8 bytes. */
bool file_pages_read_word(
	struct file_pages *pages, const struct elf_image *image, uint64_t address, uint64_t *ret);
