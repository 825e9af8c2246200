#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mappings.h"
#include "elf/debug_search.h"
#include "elf/image.h"

/*
 * The files of a process's executable mappings, opened when first asked for and kept: what
 * unwinding, naming and the search for functions have in common.
 */

/* Shared by the modules of one file. */
struct module_file;

/* Its own offset, and those of mappings of the file that come before it: headers, constants. */
#define MODULE_STARTS 3

/* One executable mapping and the file behind it. A file may hold several ELF files. */
struct module {
	uint64_t start, end; /* run-time addresses */
	uint64_t offset;     /* of start in the file */
	const char *path;    /* as in the maps file, "" for none; owned by the table */
	struct module_file *file;
	/* Where in the file its ELF file may begin, if that is an archive; the most likely first. */
	uint64_t starts[MODULE_STARTS];
	/* The rest is valid after module_load(). */
	struct elf_image *image; /* NULL if it could not be opened; owned by the table */
	uint64_t bias;           /* run-time address - the file's own address, modulo 2^64 */
	const char *problem;     /* why image is NULL; owned by the table */
	const char *hint;        /* what can be done about it, or NULL; likewise */
	bool tried;
};

/* Gives the file behind a mapping. */
struct module_opener {
	/* An open descriptor, which the caller owns. [vdso] may be answered with a memfd. */
	struct error *(*open)(void *context, const struct mapping *mapping, int *ret_fd);
	void *context;
	struct debug_search *search; /* for whoever needs names; NULL: in the usual folder */
};

struct module_table;

/* The opener's context and search must outlive the table. */
struct error *module_table_create(struct module_opener opener, struct module_table **ret)
	MUST_CHECK;
void module_table_destroy(struct module_table *table); /* takes NULL */

/* Where the symbols and the DWARF of its images are looked for. */
struct debug_search *module_table_search(const struct module_table *table);

/*
 * Brings the table up to date with the mappings, of which only the executable ones count; they are
 * sorted and do not overlap. Files that are still there keep their image; one file is opened once,
 * however many mappings it has (the same device, inode and path). Pointers to modules are valid
 * until the next update. *ret_changed says whether any came, went or moved. After an error the
 * table is as before.
 */
struct error *module_table_update(
	struct module_table *table, const struct mappings *mappings, bool *ret_changed) MUST_CHECK;

/* How many updates have changed it: what was found in the modules is found again until it rises. */
uint64_t module_table_changes(const struct module_table *table);

/*
 * The module that holds a run-time address, loaded, or NULL. Its image may be NULL: memory without
 * a file (code made at run time) is a module too.
 */
struct module *module_table_find(struct module_table *table, uint64_t address);

/* All modules, sorted by start, for iteration; not yet loaded ones among them. */
struct module *module_table_items(struct module_table *table, size_t *count);
/* Opens the file. That this fails is no error, but remembered in the module's problem. */
void module_load(struct module_table *table, struct module *module);
