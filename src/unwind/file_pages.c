#include "unwind/file_pages.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE  4096ULL
#define PAGE_COUNT 128 /* a power of two */

struct file_page {
	const struct elf_image *image; /* NULL: free */
	uint64_t address;
	uint8_t bytes[PAGE_SIZE];
};

struct file_pages {
	struct file_page items[PAGE_COUNT];
};

struct error *file_pages_create(struct file_pages **ret)
{
	struct file_pages *pages = calloc(1, sizeof(*pages));

	if (!pages)
		return &error_no_memory;
	*ret = pages;
	return NULL;
}

void file_pages_destroy(struct file_pages *pages)
{
	free(pages);
}

void file_pages_forget(struct file_pages *pages)
{
	for (size_t i = 0; i < PAGE_COUNT; i++)
		pages->items[i].image = NULL;
}

/* Reads that part of a segment that lies in the page. Bytes read. */
static size_t fill_from_segment(
	struct file_page *page, const struct elf_image *image, const struct elf_segment *segment)
{
	uint64_t from = page->address, left = PAGE_SIZE;

	if (segment->address > from) {
		if (segment->address - from >= PAGE_SIZE)
			return 0;
		left -= segment->address - from;
		from = segment->address;
	}
	uint64_t skipped = from - segment->address;
	if (skipped >= segment->memory_size)
		return 0;
	if (left > segment->memory_size - skipped)
		left = segment->memory_size - skipped;
	return elf_image_read(image, from, page->bytes + (from - page->address), (size_t)left);
}

static bool fill(struct file_page *page, const struct elf_image *image, uint64_t address)
{
	size_t count, filled = 0;
	const struct elf_segment *segments = elf_image_segments(image, &count);

	page->image = NULL;
	page->address = address;
	memset(page->bytes, 0, sizeof(page->bytes));
	for (size_t i = 0; i < count; i++)
		filled += fill_from_segment(page, image, &segments[i]);
	if (!filled)
		return false;
	page->image = image;
	return true;
}

static const struct file_page *find_page(
	struct file_pages *pages, const struct elf_image *image, uint64_t address)
{
	uint64_t number = address / PAGE_SIZE + (uintptr_t)image / 64;
	struct file_page *page = &pages->items[number % PAGE_COUNT];

	address &= -PAGE_SIZE;
	if (page->image == image && page->address == address)
		return page;
	return fill(page, image, address) ? page : NULL;
}

bool file_pages_read(struct file_pages *pages, const struct elf_image *image, uint64_t address,
	void *buffer, size_t length)
{
	uint8_t *bytes = buffer;

	while (length) {
		const struct file_page *page = find_page(pages, image, address);
		uint64_t offset = address % PAGE_SIZE;
		size_t part = length < PAGE_SIZE - offset ? length : PAGE_SIZE - offset;

		if (!page)
			return false;
		memcpy(bytes, page->bytes + offset, part);
		bytes += part;
		address += part;
		length -= part;
	}
	return true;
}

bool file_pages_read_word(
	struct file_pages *pages, const struct elf_image *image, uint64_t address, uint64_t *ret)
{
	return file_pages_read(pages, image, address, ret, sizeof(*ret));
}
