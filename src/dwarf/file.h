#pragma once

#include "base/array.h"
#include "base/error.h"
#include "dwarf/section.h"
#include "elf/image.h"

enum dwarf_section_kind {
	DWARF_INFO,
	DWARF_ABBREV,
	DWARF_STR,
	DWARF_STR_OFFSETS,
	DWARF_RNGLISTS,
	DWARF_LINE,
	DWARF_LINE_STR,
	DWARF_ADDR,
	DWARF_RANGES,
	DWARF_CU_INDEX,
	DWARF_SECTION_KINDS
};

/* What the start of a unit says (DWARF 5, 7.5.1). All offsets are those in their sections. */
struct dwarf_unit_header {
	uint64_t offset, dies, end; /* of .debug_info: of the header, behind it, behind the unit */
	uint64_t abbreviations;
	uint64_t id; /* of a skeleton and its split unit; DWARF 4 has it elsewhere */
	uint16_t version;
	uint8_t kind; /* DW_UT_* */
	uint8_t offset_size, address_size;
};
ARRAY_DEFINE(dwarf_unit_headers, struct dwarf_unit_header)

/* The debug information of one ELF file. */
struct dwarf_file {
	const struct elf_image *image;
	struct elf_image *owned; /* the same, if it is closed with this */
	bool split;              /* a .dwo or .dwp file: what is not in there is its skeleton's */
	struct dwarf_section sections[DWARF_SECTION_KINDS];
	struct dwarf_unit_headers headers; /* by offset */
	uint64_t range_budget;             /* how many ranges may still be read */
	uint64_t table_budget;             /* likewise, of abbreviations, in bytes */
	uint64_t line_budget;              /* likewise, of line programs */
	bool supplement_tried;
	struct dwarf_file *supplement; /* what dwz has taken out of it, and others; owned */
};

/* Finds the sections; split: those of a .dwo or .dwp file. The image is borrowed. */
struct error *dwarf_file_open(struct dwarf_file *file, const struct elf_image *image, bool split)
	MUST_CHECK;
void dwarf_file_close(struct dwarf_file *file);

/* Takes over the image, also on failure. */
struct error *dwarf_file_create(struct elf_image *image, bool split, struct dwarf_file **ret)
	MUST_CHECK;
void dwarf_file_destroy(struct dwarf_file *file); /* takes NULL */

/*
 * The headers of all units but those of types. What follows a broken header, whose end nobody
 * knows, is not found.
 */
struct error *dwarf_file_read_headers(struct dwarf_file *file) MUST_CHECK;

/* Allows as much of what units may share as an honest file can need, again. */
void dwarf_file_renew_budget(struct dwarf_file *file);

/* The unit that holds an entry, or NULL. */
const struct dwarf_unit_header *dwarf_file_unit_at(const struct dwarf_file *file, uint64_t offset);

/* Addresses of other sizes are not read. */
static inline bool dwarf_is_address_size(uint8_t size)
{
	return size == 4 || size == 8;
}

/* bytes begin with the header at the offset; what is behind the section's end is not in them. */
bool dwarf_unit_header_parse(
	struct cursor bytes, uint64_t offset, uint64_t section_size, struct dwarf_unit_header *ret);
