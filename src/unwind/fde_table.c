#include "unwind/fde_table.h"

#include <stddef.h>

#define ENTRY_SIZE 8

struct fde_table {
	uint64_t header, entries, count;
};

/* The size of an encoded pointer (LSB Core, "DWARF Exception Header Encoding"); 0: not known. */
static size_t encoded_size(uint8_t encoding)
{
	switch (encoding & 0x0f) {
	case 0x03:
	case 0x0b:
		return 4;
	case 0x00:
	case 0x04:
	case 0x0c:
		return 8;
	default:
		return 0;
	}
}

/*
 * A version, the encodings of a pointer, a count and the table, then these three. Taken are a count
 * of 4 bytes and entries of twice 4 bytes, relative to the header.
 */
static bool find_table(
	struct file_pages *pages, const struct elf_image *image, struct fde_table *ret)
{
	uint64_t header, size, word, count;

	if (!elf_image_eh_frame_header(image, &header, &size) ||
		!file_pages_read_word(pages, image, header, &word))
		return false;
	size_t pointer_size = encoded_size((uint8_t)(word >> 8));
	uint64_t skipped = 4 + pointer_size;
	if ((word & 0xff) != 1 || !pointer_size || (word >> 16 & 0xff) != 0x03 ||
		(word >> 24 & 0xff) != 0x3b || size < skipped + 4 ||
		!file_pages_read_word(pages, image, header + skipped, &count))
		return false;
	ret->header = header;
	ret->entries = header + skipped + 4;
	ret->count = count & UINT32_MAX;
	if (ret->count > (size - skipped - 4) / ENTRY_SIZE)
		ret->count = (size - skipped - 4) / ENTRY_SIZE;
	return true;
}

static bool read_entry(struct file_pages *pages, const struct elf_image *image,
	const struct fde_table *table, uint64_t index, int64_t *ret_start, int64_t *ret_fde)
{
	uint64_t word;

	if (!file_pages_read_word(pages, image, table->entries + index * ENTRY_SIZE, &word))
		return false;
	*ret_start = (int32_t)(uint32_t)word;
	*ret_fde = (int32_t)(uint32_t)(word >> 32);
	return true;
}

bool has_fde_table(struct file_pages *pages, const struct elf_image *image)
{
	struct fde_table table;

	return find_table(pages, image, &table);
}

bool find_fde(
	struct file_pages *pages, const struct elf_image *image, uint64_t address, uint64_t *ret)
{
	int64_t wanted, start, fde;
	struct fde_table table;

	if (!find_table(pages, image, &table))
		return false;
	uint64_t low = 0, high = table.count;
	wanted = (int64_t)(address - table.header);
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (!read_entry(pages, image, &table, middle, &start, &fde))
			return false;
		if (start <= wanted)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || !read_entry(pages, image, &table, low - 1, &start, &fde))
		return false;
	*ret = table.header + (uint64_t)fde;
	return true;
}
