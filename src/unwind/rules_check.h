#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "elf/image.h"
#include "unwind/file_pages.h"

/*
 * Whether libunwind can be trusted with the rules at an FDE's own address in .eh_frame (LSB Core,
 * "Exception Frames"; DWARF 4, 6.4). libunwind 1.6 takes some numbers of the rules as indexes and
 * divisors unchecked; a target's file may hold anything. Rules that only it could misread are
 * refused as well: 64-bit lengths, unknown augmentations and instructions, jumps in expressions.
 */
bool rules_are_safe(struct file_pages *pages, const struct elf_image *image, uint64_t fde);
