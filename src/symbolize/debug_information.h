#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "dwarf/dwarf.h"
#include "elf/debug_search.h"
#include "elf/image.h"

/*
 * The debug information of an image: its own, or that of the file that the search finds for it, as
 * it does symbols. Opened at first use and kept by the image that has it. *ret is NULL if there is
 * none.
 */
struct debug_information;

struct error *debug_information_of(struct debug_search *search, struct elf_image *image,
	struct debug_information **ret) MUST_CHECK;

struct dwarf *debug_information_dwarf(const struct debug_information *information);

/*
 * Whether it is the image's beyond doubt, and no file was missed yet that has a part of it: of one
 * unit, or shared with others.
 */
bool debug_information_is_whole(const struct debug_information *information);
