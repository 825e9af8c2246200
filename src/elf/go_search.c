#include <string.h>

#include "base/cleanup.h"
#include "elf/go_functions.h"
#include "elf/image_internal.h"

/* Where in a file Go's table of functions is, and to what its entries are relative. */

#define CHUNK_SIZE (64U * 1024)
#define ALIGNMENT  8
/* struct moduledata of Go 1.16 to 1.26: the table, what it has first, the least pc, the text. */
#define MODULE_NAMES  8
#define MODULE_MIN_PC 160
#define MODULE_TEXT   176
#define MODULE_SIZE   184

/* What is looked for: a place at which the bytes, as many as are there, are what is wanted. */
struct search {
	bool (*matches)(const struct search *search, const uint8_t *bytes, size_t length);
	size_t length;         /* of bytes that are looked at */
	uint64_t table, names; /* their addresses, for the text */
};

static uint64_t word_of(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

static bool is_table(const struct search *search, const uint8_t *bytes, size_t length)
{
	struct go_header header;

	(void)search;
	/* All magic numbers have these in common: most words are done with at once. */
	return bytes[3] == 0xff && bytes[2] == 0xff && go_header_parse(bytes, length, &header);
}

static bool is_module(const struct search *search, const uint8_t *bytes, size_t length)
{
	return length >= MODULE_SIZE && word_of(bytes) == search->table &&
	       word_of(bytes + MODULE_NAMES) == search->names;
}

/* In one chunk, of which the last part is looked at with the next one. */
static bool search_chunk(
	const struct search *search, const uint8_t *bytes, size_t length, size_t *ret)
{
	for (size_t at = 0; at + ALIGNMENT <= length && at < CHUNK_SIZE; at += ALIGNMENT) {
		if (!search->matches(search, bytes + at, length - at))
			continue;
		*ret = at;
		return true;
	}
	return false;
}

static bool search_segment(const struct elf_image *image, const struct elf_segment *segment,
	const struct search *search, uint8_t *chunk, uint64_t *ret)
{
	size_t found;

	/* An address that is aligned need not lie at an aligned offset of the segment. */
	for (uint64_t at = -segment->address % ALIGNMENT; at < segment->file_size;
		at += CHUNK_SIZE) {
		size_t got = elf_image_read_file(
			image, segment->offset + at, chunk, CHUNK_SIZE + search->length);

		if (got > segment->file_size - at)
			got = (size_t)(segment->file_size - at);
		if (search_chunk(search, chunk, got, &found)) {
			*ret = segment->address + at + found;
			return true;
		}
		if (got < CHUNK_SIZE)
			return false;
	}
	return false;
}

static bool search_data(const struct elf_image *image, const struct search *search, uint64_t *ret)
{
	CLEANUP(cleanup_free) uint8_t *chunk = malloc(CHUNK_SIZE + search->length);

	if (!chunk)
		return false;
	ARRAY_FOR_EACH (segment, &image->segments)
		if (!segment->executable && search_segment(image, segment, search, chunk, ret))
			return true;
	return false;
}

/* A file without section names may be anything; one with them names what Go has added. */
static bool may_be_go(const struct elf_image *image)
{
	struct elf_section section;

	return !image->section_names.count ||
	       elf_image_find_section(image, ".go.buildinfo", &section) ||
	       elf_image_find_section(image, ".note.go.buildid", &section);
}

/* Up to the end of its section or, where it has none of its own, of the segment. */
static bool find_table(const struct elf_image *image, struct elf_section *ret)
{
	static const char *const names[] = {".gopclntab", ".data.rel.ro.gopclntab"};
	const struct search search = {is_table, GO_HEADER_SIZE, 0, 0};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (elf_image_find_section(image, names[i], ret))
			return true;
	if (!may_be_go(image) || !search_data(image, &search, &ret->address))
		return false;
	ARRAY_FOR_EACH (segment, &image->segments)
		if (ret->address >= segment->address &&
			ret->address - segment->address < segment->file_size) {
			ret->size = segment->file_size - (ret->address - segment->address);
			ret->offset = segment->offset + (ret->address - segment->address);
			return true;
		}
	return false;
}

/* The runtime's description of the program has it; what else it says must agree. */
static uint64_t find_text(
	const struct elf_image *image, uint64_t table, const struct go_header *header)
{
	const struct search search = {is_module, MODULE_SIZE, table, table + header->names};
	uint8_t module[MODULE_SIZE];
	uint32_t first;
	uint64_t place;

	if (!search_data(image, &search, &place) ||
		elf_image_read(image, place, module, sizeof(module)) != sizeof(module) ||
		elf_image_read(image, table + header->entries, &first, sizeof(first)) !=
			sizeof(first))
		return 0;
	uint64_t text = word_of(module + MODULE_TEXT);
	return word_of(module + MODULE_MIN_PC) == text + first ? text : 0;
}

static struct error *open_table(const struct elf_image *image, struct go_functions **ret)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct elf_section section;
	struct go_header header;
	uint64_t text = 0;

	if (!find_table(image, &section))
		return NULL;
	struct error *error = elf_image_read_table(
		image, "table of Go functions", section.offset, section.size, &bytes);
	if (error || !go_header_parse(bytes.items, bytes.count, &header))
		return error;
	if (!header.text && header.relative)
		text = find_text(image, section.address, &header);
	return go_functions_create(&bytes, text, ret);
}

const struct go_functions *elf_image_go_functions(struct elf_image *image)
{
	if (!image->go_functions_tried)
		error_destroy(open_table(image, &image->go_functions));
	image->go_functions_tried = true;
	return image->go_functions;
}
