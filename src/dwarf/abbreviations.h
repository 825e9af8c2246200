#pragma once

#include "base/array.h"
#include "base/error.h"
#include "dwarf/file.h"

/* How a value is laid out in an entry. */
enum dwarf_layout {
	DWARF_LAYOUT_FIXED,
	DWARF_LAYOUT_LEB,
	DWARF_LAYOUT_SIGNED_LEB,
	DWARF_LAYOUT_TEXT,
	DWARF_LAYOUT_BLOCK,     /* .size bytes have its length */
	DWARF_LAYOUT_BLOCK_LEB, /* a LEB128 has it */
	DWARF_LAYOUT_INDIRECT,  /* a LEB128 has the form */
	DWARF_LAYOUT_CONSTANT,  /* it is not in the entry */
	DWARF_LAYOUT_SIBLING,   /* DWARF_LAYOUT_FIXED; in skips only */
	DWARF_LAYOUT_UNKNOWN,
};

struct dwarf_form {
	uint8_t layout;
	uint8_t size;
};

/* The attributes that are read; others are passed over. */
enum dwarf_slot {
	DWARF_SLOT_SIBLING,
	DWARF_SLOT_NAME,
	DWARF_SLOT_LINKAGE_NAME,
	DWARF_SLOT_LOW_PC,
	DWARF_SLOT_HIGH_PC,
	DWARF_SLOT_RANGES,
	DWARF_SLOT_ORIGIN,
	DWARF_SLOT_SPECIFICATION,
	DWARF_SLOT_DECL_LINE,
	DWARF_SLOT_CALL_FILE,
	DWARF_SLOT_CALL_LINE,
	DWARF_SLOT_STMT_LIST,
	DWARF_SLOT_COMP_DIR,
	DWARF_SLOT_STR_OFFSETS_BASE,
	DWARF_SLOT_ADDR_BASE,
	DWARF_SLOT_RNGLISTS_BASE,
	DWARF_SLOT_RANGES_BASE,
	DWARF_SLOT_DWO_NAME,
	DWARF_SLOT_DWO_ID,
	DWARF_SLOTS,
	DWARF_SLOT_NONE = DWARF_SLOTS
};

struct dwarf_attribute {
	uint16_t form;
	uint8_t slot;
	struct dwarf_form how;
	int64_t constant; /* DW_FORM_implicit_const */
};
ARRAY_DEFINE(dwarf_attributes, struct dwarf_attribute)

/* Neighbours of fixed size are passed over in one step. */
struct dwarf_skip {
	uint8_t layout;
	uint32_t size;
};
ARRAY_DEFINE(dwarf_skips, struct dwarf_skip)

struct dwarf_abbreviation {
	uint64_t code;
	uint32_t first_attribute, attribute_count;
	uint32_t first_skip, skip_count;
	uint16_t tag;
	bool has_children;
	bool has_sibling; /* in the skips */
	bool has_code;    /* DW_AT_low_pc or DW_AT_ranges */
};
ARRAY_DEFINE(dwarf_abbreviation_array, struct dwarf_abbreviation)

/* A table of .debug_abbrev, made ready for the units that have such sizes. */
struct dwarf_abbreviations {
	const struct dwarf_section *section; /* NULL: none is loaded */
	uint64_t offset;
	uint8_t offset_size, address_size;
	bool version_2;                        /* DW_FORM_ref_addr has the size of an address */
	struct dwarf_abbreviation_array items; /* by code */
	struct dwarf_attributes attributes;
	struct dwarf_skips skips;
	struct u8_array buffer;
};

/* The layout of a form in such a unit. */
struct dwarf_form dwarf_form_of(uint64_t form, const struct dwarf_unit_header *header);

/*
 * Loads the table of a unit, unless it is there already. A broken table ends where it breaks:
 * entries with the rest of the codes are unknown. *budget: how many bytes of tables may still be
 * loaded, from which this one's are taken; at 0 a table is empty.
 */
struct error *dwarf_abbreviations_load(struct dwarf_abbreviations *table,
	const struct dwarf_section *section, const struct dwarf_unit_header *header,
	uint64_t *budget) MUST_CHECK;
void dwarf_abbreviations_deinit(struct dwarf_abbreviations *table);

const struct dwarf_abbreviation *dwarf_abbreviations_search(
	const struct dwarf_abbreviations *table, uint64_t code);

/* Codes are numbered from 1, by every known compiler. */
static inline const struct dwarf_abbreviation *dwarf_abbreviations_find(
	const struct dwarf_abbreviations *table, uint64_t code)
{
	if (code - 1 < table->items.count && table->items.items[code - 1].code == code)
		return &table->items.items[code - 1];
	return dwarf_abbreviations_search(table, code);
}
