#pragma once

#include "base/error.h"
#include "elf/image.h"

/* The symbols of a stripped image, where they are kept elsewhere. Their addresses are the image's.
 */

#define ELF_DEBUG_FOLDER "/usr/lib/debug"

/*
 * The file that a folder has for the image's build id: FOLDER/.build-id/ab/cdef.debug (GDB's
 * manual, "Debugging Information in Separate Files"). *ret is NULL if there is none. One with
 * another build id is ERROR_MALFORMED.
 */
struct error *elf_debug_file_open(
	const struct elf_image *image, const char *folder, struct elf_image **ret) MUST_CHECK;

/*
 * The section .gnu_debugdata: an ELF file, packed with xz (GDB's manual, "MiniDebugInfo"). *ret is
 * NULL if there is none.
 */
struct error *elf_debug_data_open(const struct elf_image *image, struct elf_image **ret) MUST_CHECK;

/* Where the symbols may be, in the order in which they are looked for. */
enum elf_debug_place { ELF_DEBUG_PACKED, ELF_DEBUG_FILE, ELF_DEBUG_PLACES };

/* What cannot be read is as good as not there: *ret is NULL, the only error ERROR_NO_MEMORY. */
struct error *elf_debug_open(const struct elf_image *image, enum elf_debug_place place,
	struct elf_image **ret) MUST_CHECK;

/*
 * Gives an image without symbols those that are kept in either of them, if there are any that can
 * be read; the only error is ERROR_NO_MEMORY.
 */
struct error *elf_debug_find_symbols(struct elf_image *image) MUST_CHECK;
