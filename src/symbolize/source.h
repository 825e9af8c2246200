#pragma once

#include "elf/debug_search.h"
#include "elf/modules.h"
#include "symbolize/functions.h"

/* Locations of one module that are to be named by its debug information. */
struct source_request {
	struct function_namer *namer;
	struct module *module; /* has an image */
	struct debug_search *search;
	const uint64_t *addresses; /* run-time, sorted upwards */
	const uint32_t *locations; /* in the same order */
	size_t count;
	bool found; /* out: whether any was named so */
};

/*
 * Gives the locations lines: one for each function, innermost first, with files and lines. Those
 * that the debug information does not cover, or does not name, are left without.
 */
struct error *source_name_locations(struct source_request *request) MUST_CHECK;

/*
 * The name that the tables of symbols, or Go's, have for an address of the file; NULL if there is
 * none. Go's table has the names that Go's own tools show; its symbols' have ABIs added.
 */
const char *source_symbol_name(struct elf_image *image, uint64_t address);
