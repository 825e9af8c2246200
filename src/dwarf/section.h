#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/cursor.h"
#include "base/error.h"
#include "dwarf/texts.h"
#include "elf/image.h"

/*
 * A section of debug information, of which pieces are read as they are needed: it may be larger
 * than the memory that is to be spent. What is packed is unpacked as a whole, at first use.
 */
struct dwarf_section {
	const struct elf_image *image; /* NULL: it is not there, and has no bytes */
	const char *name;
	uint64_t offset; /* in the file */
	uint64_t size;
	struct u8_array unpacked;
	struct dwarf_page *pages; /* of what is read in small pieces; NULL until then */
};

/*
 * The image is borrowed. That there is no such section is no error; of one that goes on behind the
 * file's end, only what is in the file is there.
 */
struct error *dwarf_section_open(
	struct dwarf_section *section, const struct elf_image *image, const char *name) MUST_CHECK;
void dwarf_section_close(struct dwarf_section *section);

/*
 * The bytes from an offset on, fewer at the end of the section (or of the file). They are in the
 * buffer, which grows as it must, or borrowed from the section.
 */
struct error *dwarf_section_bytes(const struct dwarf_section *section, uint64_t offset,
	uint64_t length, struct u8_array *buffer, struct cursor *ret) MUST_CHECK;

/* A number of 1 to 8 bytes. */
bool dwarf_section_number(
	struct dwarf_section *section, uint64_t offset, uint8_t size, uint64_t *ret);

/* As a cursor, but over pages. */
bool dwarf_section_uleb(struct dwarf_section *section, uint64_t *offset, uint64_t *ret);

/* The end of a text is looked for in that many bytes: names are shorter. */
#define DWARF_TEXT_MAX ((size_t)1 << 20)

/* The text at an offset, copied; NULL if there is none, or it has no reasonable end. */
struct error *dwarf_section_text(struct dwarf_section *section, uint64_t offset,
	struct dwarf_texts *texts, const char **ret) MUST_CHECK;
