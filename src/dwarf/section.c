#include "dwarf/section.h"

#include <string.h>

#include "dwarf/take.h"

#define PAGE_SIZE  4096u
#define PAGE_COUNT 64u

struct dwarf_page {
	uint64_t number; /* + 1; 0: none is there */
	size_t length;
	char bytes[PAGE_SIZE];
};

struct error *dwarf_section_open(
	struct dwarf_section *section, const struct elf_image *image, const char *name)
{
	struct elf_section found;
	struct error *error;

	*section = (struct dwarf_section){.name = name};
	if (!elf_image_find_section(image, name, &found) || found.offset >= elf_image_size(image))
		return NULL;
	if (!found.packed) {
		uint64_t left = elf_image_size(image) - found.offset;

		section->image = image;
		section->offset = found.offset;
		section->size = found.size < left ? found.size : left;
		return NULL;
	}
	error = elf_image_read_section(image, name, &section->unpacked);
	if (error) {
		if (error->kind == ERROR_NO_MEMORY)
			return error;
		error_destroy(error);
		return NULL;
	}
	section->image = image;
	section->size = section->unpacked.count;
	return NULL;
}

void dwarf_section_close(struct dwarf_section *section)
{
	u8_array_deinit(&section->unpacked);
	free(section->pages);
	*section = (struct dwarf_section){0};
}

/* At most length bytes, as far as they are there. */
static size_t read_bytes(
	const struct dwarf_section *section, uint64_t offset, void *buffer, size_t length)
{
	uint64_t from;

	if (!section->image || offset >= section->size)
		return 0;
	if (length > section->size - offset)
		length = (size_t)(section->size - offset);
	if (section->unpacked.items) {
		memcpy(buffer, section->unpacked.items + offset, length);
		return length;
	}
	if (__builtin_add_overflow(section->offset, offset, &from))
		return 0;
	return elf_image_read_file(section->image, from, buffer, length);
}

struct error *dwarf_section_bytes(const struct dwarf_section *section, uint64_t offset,
	uint64_t length, struct u8_array *buffer, struct cursor *ret)
{
	struct error *error;

	if (!section->image || offset > section->size)
		offset = section->size;
	if (length > section->size - offset)
		length = section->size - offset;
	if (section->unpacked.items) {
		*ret = cursor_over(section->unpacked.items + offset, (size_t)length);
		return NULL;
	}
	error = u8_array_reserve(buffer, (size_t)length + 1);
	if (error)
		return error;
	buffer->count = read_bytes(section, offset, buffer->items, (size_t)length);
	*ret = cursor_over(buffer->items, buffer->count);
	return NULL;
}

/* NULL: there is no memory for pages. */
static const struct dwarf_page *page_at(struct dwarf_section *section, uint64_t offset)
{
	uint64_t number = offset / PAGE_SIZE;
	struct dwarf_page *page;

	if (!section->pages)
		section->pages = calloc(PAGE_COUNT, sizeof(*section->pages));
	if (!section->pages)
		return NULL;
	page = &section->pages[number % PAGE_COUNT];
	if (page->number != number + 1) {
		page->number = number + 1;
		page->length = read_bytes(section, number * PAGE_SIZE, page->bytes, PAGE_SIZE);
	}
	return page;
}

/* What of the section is at hand from an offset on: up to the end of a page, or nothing. */
static struct cursor piece_at(struct dwarf_section *section, uint64_t offset)
{
	const struct dwarf_page *page;

	if (offset >= section->size)
		return cursor_over("", 0);
	if (section->unpacked.items)
		return cursor_over(
			section->unpacked.items + offset, (size_t)(section->size - offset));
	page = page_at(section, offset);
	size_t within = offset % PAGE_SIZE;
	if (!page || within >= page->length)
		return cursor_over("", 0);
	return cursor_over(page->bytes + within, page->length - within);
}

bool dwarf_section_number(
	struct dwarf_section *section, uint64_t offset, uint8_t size, uint64_t *ret)
{
	struct cursor piece = piece_at(section, offset);
	char bytes[8] = {0};

	if (take_number(&piece, size, ret))
		return true;
	if (read_bytes(section, offset, bytes, size) < size)
		return false;
	piece = cursor_over(bytes, sizeof(bytes));
	return take_number(&piece, size, ret);
}

bool dwarf_section_uleb(struct dwarf_section *section, uint64_t *offset, uint64_t *ret)
{
	char bytes[10];
	struct cursor piece = piece_at(section, *offset);
	const char *start = piece.at;

	if (!take_uleb(&piece, ret)) {
		piece = cursor_over(bytes, read_bytes(section, *offset, bytes, sizeof(bytes)));
		start = piece.at;
		if (!take_uleb(&piece, ret))
			return false;
	}
	*offset += (uint64_t)(piece.at - start);
	return true;
}

/* Where the text's NUL is; false if it is not within reason. */
static bool find_end(struct dwarf_section *section, uint64_t offset, size_t *ret)
{
	for (size_t length = 0; length < DWARF_TEXT_MAX;) {
		struct cursor piece = piece_at(section, offset + length);
		size_t left = cursor_left(&piece);
		const char *end;

		if (!left)
			return false;
		if (left > DWARF_TEXT_MAX - length)
			left = DWARF_TEXT_MAX - length;
		end = memchr(piece.at, '\0', left);
		length += end ? (size_t)(end - piece.at) : left;
		if (end) {
			*ret = length;
			return true;
		}
	}
	return false;
}

struct error *dwarf_section_text(
	struct dwarf_section *section, uint64_t offset, struct dwarf_texts *texts, const char **ret)
{
	size_t length, done = 0;
	char *text;

	*ret = NULL;
	if (!dwarf_texts_hold(texts, 1) || !find_end(section, offset, &length) ||
		!dwarf_texts_hold(texts, length + 1))
		return NULL;
	text = dwarf_texts_take(texts, length + 1);
	if (!text)
		return &error_no_memory;
	while (done < length) {
		struct cursor piece = piece_at(section, offset + done);
		size_t part = cursor_left(&piece);

		if (!part)
			break;
		if (part > length - done)
			part = length - done;
		memcpy(text + done, piece.at, part);
		done += part;
	}
	text[done] = '\0';
	*ret = text;
	return NULL;
}
