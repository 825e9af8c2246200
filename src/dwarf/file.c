#include "dwarf/file.h"

#include <stdlib.h>

#include "dwarf/constants.h"
#include "dwarf/take.h"

#define HEADER_SIZE_MAX 40

/* An address needs its unit: more than would fit into a number of 32 bits are not looked at. */
#define UNIT_COUNT_MAX UINT32_MAX

/* Most lists are read twice: for the function, and for what is inlined there. */
#define RANGES_PER_BYTE 2
#define RANGES_MIN      ((uint64_t)1 << 20)

/* A table is read again when another one was needed meanwhile, by a reference to an entry, say. */
#define TABLES_MIN ((uint64_t)1 << 31)

/* Each unit has a program of its own. */
#define LINES_PER_BYTE 2
#define LINES_MIN      ((uint64_t)64 << 20)

static const char *const section_names[DWARF_SECTION_KINDS][2] = {
	[DWARF_INFO] = {".debug_info", ".debug_info.dwo"},
	[DWARF_ABBREV] = {".debug_abbrev", ".debug_abbrev.dwo"},
	[DWARF_STR] = {".debug_str", ".debug_str.dwo"},
	[DWARF_STR_OFFSETS] = {".debug_str_offsets", ".debug_str_offsets.dwo"},
	[DWARF_RNGLISTS] = {".debug_rnglists", ".debug_rnglists.dwo"},
	[DWARF_LINE] = {".debug_line", ".debug_line.dwo"},
	[DWARF_LINE_STR] = {".debug_line_str", NULL},
	[DWARF_ADDR] = {".debug_addr", NULL},
	[DWARF_RANGES] = {".debug_ranges", NULL},
	[DWARF_CU_INDEX] = {NULL, ".debug_cu_index"},
};

struct error *dwarf_file_open(struct dwarf_file *file, const struct elf_image *image, bool split)
{
	struct error *error = NULL;

	*file = (struct dwarf_file){.image = image, .split = split};
	for (int kind = 0; !error && kind < DWARF_SECTION_KINDS; kind++)
		if (section_names[kind][split])
			error = dwarf_section_open(
				&file->sections[kind], image, section_names[kind][split]);
	if (error)
		dwarf_file_close(file);
	return error;
}

void dwarf_file_close(struct dwarf_file *file)
{
	for (int kind = 0; kind < DWARF_SECTION_KINDS; kind++)
		dwarf_section_close(&file->sections[kind]);
	dwarf_unit_headers_deinit(&file->headers);
	dwarf_file_destroy(file->supplement);
	elf_image_close(file->owned);
	*file = (struct dwarf_file){0};
}

void dwarf_file_renew_budget(struct dwarf_file *file)
{
	file->range_budget =
		RANGES_MIN + RANGES_PER_BYTE * (file->sections[DWARF_RANGES].size +
						       file->sections[DWARF_RNGLISTS].size);
	file->table_budget = TABLES_MIN;
	file->line_budget = LINES_MIN + LINES_PER_BYTE * file->sections[DWARF_LINE].size;
	if (file->supplement)
		dwarf_file_renew_budget(file->supplement);
}

struct error *dwarf_file_create(struct elf_image *image, bool split, struct dwarf_file **ret)
{
	struct dwarf_file *file = calloc(1, sizeof(*file));
	struct error *error = file ? dwarf_file_open(file, image, split) : &error_no_memory;

	if (error) {
		free(file);
		elf_image_close(image);
		return error;
	}
	file->owned = image;
	*ret = file;
	return NULL;
}

void dwarf_file_destroy(struct dwarf_file *file)
{
	if (!file)
		return;
	dwarf_file_close(file);
	free(file);
}

static bool take_length(struct cursor *cursor, uint8_t *ret_offset_size, uint64_t *ret_length)
{
	if (!take_number(cursor, 4, ret_length))
		return false;
	*ret_offset_size = 4;
	if (*ret_length < 0xfffffff0)
		return true;
	*ret_offset_size = 8;
	return *ret_length == 0xffffffff && take_number(cursor, 8, ret_length);
}

/* kind, address size, offset of the abbreviations; then what that kind has. */
static bool take_version_5(struct cursor *cursor, struct dwarf_unit_header *header)
{
	uint64_t type_offset;

	if (!take_byte(cursor, &header->kind) || !take_byte(cursor, &header->address_size) ||
		!take_number(cursor, header->offset_size, &header->abbreviations))
		return false;
	switch (header->kind) {
	case DW_UT_skeleton:
	case DW_UT_split_compile:
		return take_number(cursor, 8, &header->id);
	case DW_UT_type:
	case DW_UT_split_type:
		return take_number(cursor, 8, &header->id) &&
		       take_number(cursor, header->offset_size, &type_offset);
	default:
		return true;
	}
}

/* After the length. */
static bool take_rest(struct cursor *cursor, struct dwarf_unit_header *header)
{
	uint64_t version;

	if (!take_number(cursor, 2, &version) || version < 2 || version > 5)
		return false;
	header->version = (uint16_t)version;
	header->kind = DW_UT_compile;
	if (version == 5)
		return take_version_5(cursor, header) &&
		       dwarf_is_address_size(header->address_size);
	return take_number(cursor, header->offset_size, &header->abbreviations) &&
	       take_byte(cursor, &header->address_size) &&
	       dwarf_is_address_size(header->address_size);
}

/* Sets .end, if that is known, and leaves .dies 0 if the rest is not. */
static bool parse_header(
	struct cursor bytes, uint64_t offset, uint64_t section_size, struct dwarf_unit_header *ret)
{
	const char *start = bytes.at;
	uint64_t length, at;

	*ret = (struct dwarf_unit_header){.offset = offset};
	if (!take_length(&bytes, &ret->offset_size, &length))
		return false;
	at = offset + (uint64_t)(bytes.at - start);
	if (!length || length > section_size - at)
		return false;
	ret->end = at + length;
	if (!take_rest(&bytes, ret))
		return true;
	ret->dies = offset + (uint64_t)(bytes.at - start);
	if (ret->dies > ret->end)
		ret->dies = 0;
	return true;
}

bool dwarf_unit_header_parse(
	struct cursor bytes, uint64_t offset, uint64_t section_size, struct dwarf_unit_header *ret)
{
	return parse_header(bytes, offset, section_size, ret) && ret->dies;
}

struct error *dwarf_file_read_headers(struct dwarf_file *file)
{
	const struct dwarf_section *info = &file->sections[DWARF_INFO];
	CLEANUP(u8_array_deinit) struct u8_array buffer = {0};
	struct error *error = NULL;

	for (uint64_t offset = 0; !error && offset < info->size;) {
		struct dwarf_unit_header header;
		struct cursor bytes;

		error = dwarf_section_bytes(info, offset, HEADER_SIZE_MAX, &buffer, &bytes);
		if (error || !parse_header(bytes, offset, info->size, &header) ||
			file->headers.count == UNIT_COUNT_MAX)
			break;
		offset = header.end;
		if (header.dies && header.kind != DW_UT_type && header.kind != DW_UT_split_type)
			error = dwarf_unit_headers_append(&file->headers, header);
	}
	return error;
}

const struct dwarf_unit_header *dwarf_file_unit_at(const struct dwarf_file *file, uint64_t offset)
{
	const struct dwarf_unit_headers *headers = &file->headers;
	size_t at = SORTED_COUNT(headers->items, headers->count, end, <=, offset);

	return at < headers->count && headers->items[at].dies <= offset ? &headers->items[at]
									: NULL;
}
