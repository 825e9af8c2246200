#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "elf/image.h"

/* What the files of this layer share about an image; not for other layers. */

struct elf_header {    /* of a section */
	uint32_t name; /* into section_names */
	uint32_t type;
	uint32_t link;
	uint64_t flags;
	uint64_t entry_size;
	struct elf_section section;
};
ARRAY_DEFINE(elf_headers, struct elf_header)
ARRAY_DEFINE(elf_segments, struct elf_segment)

/* From start to the next span's start, an address belongs to the symbol. */
struct elf_span {
	uint64_t start;
	uint32_t symbol; /* index, or ELF_NO_SYMBOL */
};
#define ELF_NO_SYMBOL UINT32_MAX
ARRAY_DEFINE(elf_spans, struct elf_span)

struct debug_found;

struct elf_string_tables {
	struct u8_array symtab, dynsym;
};

struct elf_image {
	int fd;         /* -1 if the bytes are in memory */
	uint8_t *bytes; /* or NULL */
	uint64_t length;
	char *label;
	uint16_t machine;
	struct elf_segments segments;
	struct elf_headers headers;
	struct u8_array section_names; /* ends with a NUL */
	struct u8_array build_id;
	bool has_eh_frame_header;
	uint64_t eh_frame_header_address, eh_frame_header_size;

	struct debug_found *debug;    /* elf/debug_internal.h; NULL: nothing was looked for */
	struct elf_image *symbols_of; /* NULL: its own alone; owned by debug */
	bool symbols_proven;          /* struct debug_files */
	bool symbols_tried, symbols_ready;
	struct elf_string_tables names; /* what the symbols' names point into */
	struct elf_symbols symbols;
	struct elf_spans spans;

	bool go_functions_tried;
	struct go_functions *go_functions; /* elf/go_functions.h; NULL: none */

	void *kept; /* of another layer; NULL: nothing */
	void (*destroy_kept)(void *kept);
};

/*
 * A whole table of the file, with a NUL behind it that is not counted. ERROR_MALFORMED if it does
 * not lie in the file or is too large to be one.
 */
struct error *elf_image_read_table(const struct elf_image *image, const char *what, uint64_t offset,
	uint64_t size, struct u8_array *ret) MUST_CHECK;

/* Destroys what another layer keeps with the image, if anything. */
void elf_image_forget_kept(struct elf_image *image);

/* Fills in what the headers and notes tell. */
struct error *elf_image_read_headers(struct elf_image *image) MUST_CHECK;

/* Makes the spans from the symbols, which are sorted. */
struct error *elf_image_make_spans(struct elf_image *image) MUST_CHECK;
