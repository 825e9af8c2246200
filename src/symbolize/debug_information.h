#pragma once

#include "base/error.h"
#include "dwarf/dwarf.h"
#include "elf/debug_search.h"
#include "elf/image.h"

/*
 * The debug information of an image: its own, or that of the file that the search finds for it, as
 * it does symbols. Opened at first use and kept by the image that has it. *ret is NULL if there is
 * none.
 */
struct error *debug_information_of(
	struct debug_search *search, struct elf_image *image, struct dwarf **ret) MUST_CHECK;
