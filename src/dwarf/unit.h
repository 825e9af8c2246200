#pragma once

#include "dwarf/abbreviations.h"
#include "dwarf/file.h"
#include "dwarf/spans.h"

/* What an attribute says: a number, or where the bytes are. */
struct dwarf_value {
	uint16_t form;
	uint64_t number;   /* or an index, or an offset */
	const char *bytes; /* of DW_FORM_string */
};

/* An entry: those of its attributes that have a slot. */
struct dwarf_die {
	const struct dwarf_abbreviation *abbreviation;
	uint32_t present; /* a bit for each slot */
	struct dwarf_value values[DWARF_SLOTS];
};

static inline const struct dwarf_value *dwarf_die_get(
	const struct dwarf_die *die, enum dwarf_slot slot)
{
	return die->present >> slot & 1 ? &die->values[slot] : NULL;
}

/* The attribute's number, or 0. */
uint64_t dwarf_die_number(const struct dwarf_die *die, enum dwarf_slot slot);

/* A unit whose entries are read, one after the other unit in the same storage. */
struct dwarf_unit {
	struct dwarf_file *file; /* NULL: none is open */
	struct dwarf_unit_header header;
	struct dwarf_abbreviations table;
	struct dwarf_die root;     /* its texts are in root_buffer; without attributes: broken */
	struct dwarf_file *main;   /* whose .debug_addr, .debug_ranges and .debug_line count */
	uint64_t low_address;      /* to which ranges are relative */
	uint64_t str_offsets_base; /* of .debug_str_offsets */
	uint64_t addr_base;        /* of .debug_addr */
	uint64_t rnglists_base;    /* of .debug_rnglists */
	uint64_t ranges_base;      /* of .debug_ranges: GNU's split units */
	bool loaded;
	struct cursor bytes; /* from header.offset on, once it is loaded */
	struct u8_array buffer, root_buffer, die_buffer;
};

/* Of the package a unit is from: where its parts of the sections begin. All 0 for others. */
struct dwarf_contributions {
	uint64_t abbreviations, str_offsets, rnglists;
};

/*
 * Reads the table of abbreviations and the root entry. skeleton: of a split unit; NULL for others.
 * What is broken is as if it were not there.
 */
struct error *dwarf_unit_open(struct dwarf_unit *unit, struct dwarf_file *file,
	const struct dwarf_unit_header *header) MUST_CHECK;
struct error *dwarf_unit_open_split(struct dwarf_unit *unit, struct dwarf_file *file,
	const struct dwarf_unit_header *header, const struct dwarf_contributions *contributions,
	const struct dwarf_unit *skeleton) MUST_CHECK;
void dwarf_unit_deinit(struct dwarf_unit *unit);

/* Has all entries in memory: for who reads many of them. One that is larger than 1 GiB has none. */
struct error *dwarf_unit_load(struct dwarf_unit *unit) MUST_CHECK;

/* From the entry at an offset of .debug_info to the end of the unit, which is loaded. */
bool dwarf_unit_cursor(const struct dwarf_unit *unit, uint64_t offset, struct cursor *ret);
uint64_t dwarf_unit_offset(const struct dwarf_unit *unit, const struct cursor *cursor);

/* Takes the entry behind its code. false: broken. */
bool dwarf_unit_take_die(const struct dwarf_unit *unit, struct cursor *cursor,
	const struct dwarf_abbreviation *abbreviation, struct dwarf_die *ret);

/* The entry at an offset of a unit that is loaded. false: there is none, or it is broken. */
bool dwarf_unit_loaded_die(const struct dwarf_unit *unit, uint64_t offset, struct dwarf_die *ret);

/*
 * The entry at an offset of a unit that is not loaded; its texts are valid until the next call.
 * *ret_found: whether there is one.
 */
struct error *dwarf_unit_die_at(struct dwarf_unit *unit, uint64_t offset, struct dwarf_die *ret,
	bool *ret_found) MUST_CHECK;

/* false: no address, or none that is there. */
bool dwarf_unit_address(
	const struct dwarf_unit *unit, const struct dwarf_value *value, uint64_t *ret);

/*
 * Adds what an entry covers: DW_AT_ranges, or DW_AT_low_pc up to DW_AT_high_pc. wanted: only those
 * ranges that hold one of these addresses; NULL: all.
 */
struct error *dwarf_unit_add_ranges(const struct dwarf_unit *unit, const struct dwarf_die *die,
	const struct dwarf_wanted *wanted, struct dwarf_spans *spans, uint32_t value) MUST_CHECK;

/* Takes one value of a form. false: broken, or an unknown form. */
bool dwarf_take_value(struct cursor *cursor, const struct dwarf_unit_header *header, uint64_t form,
	struct dwarf_value *ret);

/* The text of a value; NULL if it is none, or is not there. Borrowed, or of texts. */
struct error *dwarf_unit_text(const struct dwarf_unit *unit, const struct dwarf_value *value,
	struct dwarf_texts *texts, const char **ret) MUST_CHECK;
