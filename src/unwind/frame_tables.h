#pragma once

#include "elf/debug_search.h"
#include "elf/image.h"
#include "unwind/file_pages.h"
#include "unwind/frame_program.h"

/*
 * The call frame information of files: .eh_frame, through the table of .eh_frame_hdr or, in a file
 * without one, through one made of the section; and .debug_frame, of the file or else of its
 * separate debug file (elf/debug_search.h). Those that are made are kept.
 */
struct frame_tables;

/* The pages and the search for debug files are borrowed, and must outlive the tables. */
struct error *frame_tables_create(struct file_pages *pages, struct debug_search *search,
	struct frame_tables **ret) MUST_CHECK;
void frame_tables_destroy(struct frame_tables *tables); /* takes NULL */
void frame_tables_forget(struct frame_tables *tables);  /* before an image is closed */

/*
 * The row for the file's own address; its expressions are valid until the next search. That there
 * is none, or that it is not understood, is *ret_found = false. An error is lack of memory.
 */
struct error *frame_tables_find(struct frame_tables *tables, struct elf_image *image,
	uint64_t address, struct frame_row *ret, bool *ret_found) MUST_CHECK;
