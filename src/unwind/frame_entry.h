#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"

/*
 * The entries of .eh_frame and .debug_frame: LSB Core, "Exception Frames"; DWARF 4, 6.4.1 and
 * 7.23; DWARF 5 has the same. Addresses are the file's own.
 */

enum frame_section_kind {
	SECTION_EH_FRAME,
	SECTION_DEBUG_FRAME,
};

/* What many functions have in common: a CIE. */
struct common_entry {
	struct cursor instructions;
	uint64_t address; /* of instructions.at */
	uint64_t code_alignment;
	int64_t data_alignment;
	uint8_t pointer_encoding;
	bool has_augmentation_data;
	bool is_signal_frame;
};

/* Those of one function, or a part of it: an FDE. */
struct function_entry {
	struct cursor instructions;
	uint64_t address; /* of instructions.at */
	uint64_t start, end;
};

/* The start of an entry, up to its identifier: which it is, and where its CIE is. */
struct entry_header {
	struct cursor contents; /* behind the identifier */
	uint64_t address;       /* of contents.at */
	bool is_common;
	uint64_t common; /* an FDE's: address of the CIE */
};

/* The bytes of the two length fields that an entry may begin with. */
#define ENTRY_LENGTH_SIZE 12

/*
 * The length of an entry as a whole, from its first bytes; 0: none, or the end of the section
 * (a length of 0).
 */
uint64_t entry_length(const void *bytes, size_t length);

/* bytes: the entry as a whole, at address. */
bool entry_header_parse(enum frame_section_kind kind, struct cursor bytes, uint64_t address,
	struct entry_header *ret);

/* false: not understood in full, so that its functions cannot be followed. */
bool common_entry_parse(
	enum frame_section_kind kind, const struct entry_header *header, struct common_entry *ret);
bool function_entry_parse(const struct common_entry *common, const struct entry_header *header,
	struct function_entry *ret);

/*
 * An encoded pointer (LSB Core, "DWARF Exception Header Encoding"): absolute, or relative to its
 * own address, which is that of cursor->at.
 */
bool take_pointer(struct cursor *cursor, uint64_t address, uint8_t encoding, uint64_t *ret);
