#pragma once

#include "unwind/file_pages.h"
#include "unwind/frame_program.h"

/*
 * The row of an address in a function of Go, by the table that Go's runtime itself unwinds with
 * (elf/go_functions.h), of which DWARF has no more than a part: it does not say where stacks begin,
 * nor which functions change over to another stack. false: it is no function of Go, or the table
 * does not say. interrupted: the frame was, and does not wait for a call.
 */
bool go_frames_find(struct file_pages *pages, struct elf_image *image, uint64_t address,
	bool interrupted, struct frame_row *ret);
