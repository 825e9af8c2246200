#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"

/* One ELF file. Addresses are the file's own (p_vaddr); 64-bit little endian only. */
struct elf_image;

struct elf_segment { /* a PT_LOAD header */
	uint64_t address;
	uint64_t offset;
	uint64_t file_size;
	uint64_t memory_size;
	bool executable;
};

struct elf_symbol { /* a defined function */
	uint64_t address;
	uint64_t size;    /* 0: unknown */
	const char *name; /* borrowed from the image; without @VERSION */
	bool global;
};
ARRAY_DEFINE(elf_symbols, struct elf_symbol)

struct elf_section {
	uint64_t address;
	uint64_t offset;
	uint64_t size;
	bool packed; /* what the file has is to be unpacked */
};

/*
 * Takes over the descriptor, also on failure. label is what errors call the file. A file that is
 * no ELF file, or of another class, is ERROR_MALFORMED. The file is read, never mapped: one that
 * is truncated while open gives short reads, not SIGBUS. Headers are read at once, the rest later.
 */
struct error *elf_image_open(int fd, const char *label, struct elf_image **ret) MUST_CHECK;
/*
 * The same for an ELF file that lies within the file, at an offset: a library in an archive that
 * stores it as it is. It is copied. ERROR_NOT_FOUND: none begins there.
 */
struct error *elf_image_open_within(
	int fd, uint64_t offset, const char *label, struct elf_image **ret) MUST_CHECK;
/* The same for bytes in memory, such as a copy of the vdso; the bytes are copied. */
struct error *elf_image_from_memory(
	const void *bytes, size_t length, const char *label, struct elf_image **ret) MUST_CHECK;
void elf_image_close(struct elf_image *image); /* takes NULL */
void cleanup_elf_image(struct elf_image **image);

uint16_t elf_image_machine(const struct elf_image *image); /* EM_X86_64, ... */

/* NT_GNU_BUILD_ID; NULL and 0 if there is none. Borrowed. */
const uint8_t *elf_image_build_id(const struct elf_image *image, size_t *length);

/* The same in hexadecimal, lower case; "" if there is none. */
#define ELF_BUILD_ID_SIZE_MAX  64
#define ELF_BUILD_ID_TEXT_SIZE (2 * ELF_BUILD_ID_SIZE_MAX + 1)
void elf_image_build_id_text(
	const struct elf_image *image, char ret[static ELF_BUILD_ID_TEXT_SIZE]);

const struct elf_segment *elf_image_segments(const struct elf_image *image, size_t *count);

/*
 * The address at which the loader puts a byte of the file; false if no segment holds it. A byte
 * that shares a page with a segment, but lies outside of it, is held by none.
 */
bool elf_image_offset_to_address(const struct elf_image *image, uint64_t offset, uint64_t *ret);

/* Reads from the file what the loader puts at an address (.bss reads as zeros). Bytes read. */
size_t elf_image_read(const struct elf_image *image, uint64_t address, void *buffer, size_t length);

uint64_t elf_image_size(const struct elf_image *image); /* of the file, in bytes */

/* Bytes of the file from an offset on, as many as there are. */
size_t elf_image_read_file(
	const struct elf_image *image, uint64_t offset, void *buffer, size_t length);

/* What errors call the file: the label that it was opened with. Borrowed. */
const char *elf_image_label(const struct elf_image *image);

/*
 * Whether it is a file of root's or of this user's that not just anybody may write to. Whoever made
 * another one may have given it the build id of a file that it is not.
 */
bool elf_image_is_trusted(const struct elf_image *image);

/*
 * What another layer keeps with an image: destroyed before the image is closed, and when a search
 * of another set-up looks for the image's files. At most one at a time. NULL if there is none.
 */
void elf_image_keep(struct elf_image *image, void *kept, void (*destroy)(void *kept));
void *elf_image_kept(const struct elf_image *image);

/* PT_GNU_EH_FRAME; false if there is none. */
bool elf_image_eh_frame_header(const struct elf_image *image, uint64_t *address, uint64_t *size);
bool elf_image_find_section(
	const struct elf_image *image, const char *name, struct elf_section *ret);

/*
 * The section's bytes, unpacked if they are packed with zlib or zstd (gABI, "Section Compression");
 * a NUL behind them is not counted. ERROR_NOT_FOUND, ERROR_MALFORMED. The caller deinitializes
 * them.
 */
struct error *elf_image_read_section(
	const struct elf_image *image, const char *name, struct u8_array *ret) MUST_CHECK;

/*
 * All functions of .symtab and .dynsym, sorted by address; of equal ones (address, name, binding)
 * one. Of one address, global ones come first, then short names. Read at first use and kept by the
 * image. STT_FUNC, STT_GNU_IFUNC, and STT_NOTYPE in executable sections. None is no error; tables
 * that break the rules are ERROR_MALFORMED.
 */
struct error *elf_image_symbols(struct elf_image *image, const struct elf_symbols **ret) MUST_CHECK;

/*
 * The function that contains an address: the last one that starts at or before it and whose size
 * reaches it; of several that start there, a global one with the shortest name. Where none has a
 * size that reaches it, one of size 0 does, up to the next symbol or the end of its section. Where
 * a search has found more symbols elsewhere (elf/debug_search.h), they count, too. NULL if there is
 * none, or the symbols cannot be read.
 */
const struct elf_symbol *elf_image_symbol_at(struct elf_image *image, uint64_t address);
/* The same, but of symbols that were found elsewhere only those that are proven to be the image's.
 */
const struct elf_symbol *elf_image_proven_symbol_at(struct elf_image *image, uint64_t address);
/* Likewise; a global one rather than a local one. NULL if there is none, or the symbols cannot be
 * read. */
const struct elf_symbol *elf_image_symbol_named(struct elf_image *image, const char *name);
