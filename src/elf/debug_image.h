#pragma once

#include "base/error.h"
#include "elf/image.h"

/* Where distributions put the symbols of stripped files (elf/debug_search.h). */
#define ELF_DEBUG_FOLDER "/usr/lib/debug"

/*
 * The section .gnu_debugdata: an ELF file, packed with xz (GDB's manual, "MiniDebugInfo"). *ret is
 * NULL if there is none. Its symbols' addresses are the image's.
 */
struct error *elf_debug_data_open(const struct elf_image *image, struct elf_image **ret) MUST_CHECK;
