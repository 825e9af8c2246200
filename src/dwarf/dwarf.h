#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "elf/image.h"

/*
 * What the debug information of an ELF file says of addresses: functions, those that were inlined,
 * source files and lines. DWARF 2 to 5 (https://dwarfstd.org), split (.dwo, .dwp) and shared (dwz)
 * files of it; GNU's extensions that came before DWARF 5
 * (https://gcc.gnu.org/wiki/DebugFission, DebugFissionDWP). Pieces of the file are read as they are
 * needed, and given up again: the largest unit has to fit into memory, not the file. What is broken
 * is as if it were not there. All addresses are the file's own.
 */
struct dwarf;

/* Debug information that is in another file. */
enum dwarf_file_kind {
	DWARF_FILE_OBJECT,     /* a .dwo file: of one unit */
	DWARF_FILE_PACKAGE,    /* a .dwp file: of all units */
	DWARF_FILE_SUPPLEMENT, /* what several files have in common */
};

struct dwarf_file_wish {
	enum dwarf_file_kind kind;
	const char *name; /* as it is in the file; of a package: "" */
	const char
		*folder; /* in which the unit was compiled: a relative name starts there; or "" */
	const uint8_t *build_id; /* of a supplement; NULL for others, and if it is not known */
	size_t build_id_length;
};

/* Finds such files. */
struct dwarf_opener {
	/*
	 * The image becomes the reader's; NULL: there is none. A supplement of another build id is
	 * none. Each file is asked for once. Errors other than ERROR_NO_MEMORY are taken for none.
	 */
	struct error *(*open)(
		void *context, const struct dwarf_file_wish *wish, struct elf_image **ret);
	void *context;
};

/*
 * Looks where the names say: a .dwo file in its folder, or else beside the file that refers to it,
 * whose path is the context (a const char *); a package at that path with .dwp behind it; a
 * supplement relative to that file.
 */
struct error *dwarf_open_as_named(
	void *context, const struct dwarf_file_wish *wish, struct elf_image **ret) MUST_CHECK;

/*
 * The image must outlive it, as must the opener's context; an opener without a function finds
 * nothing. *ret is NULL if the file has no debug information. The only error is ERROR_NO_MEMORY, as
 * with all that follows.
 */
struct error *dwarf_open(
	const struct elf_image *image, struct dwarf_opener opener, struct dwarf **ret) MUST_CHECK;
void dwarf_close(struct dwarf *dwarf); /* takes NULL */
void cleanup_dwarf(struct dwarf **dwarf);

/*
 * Whether a file that has a part of it was not found so far, or is of another build: of a unit that
 * was needed, or shared with others. What it would have said is missing.
 */
bool dwarf_lacks_files(const struct dwarf *dwarf);

/* What is not known is NULL or 0. */
struct dwarf_frame {
	const char *linkage_name; /* mangled */
	const char *name;         /* as in the source */
	const char *file;         /* with its folder, where that is known */
	uint32_t line;            /* at which it executes, or calls the frame before */
	uint32_t start_line;      /* at which it is declared */
};

/*
 * The frames of one address, innermost first; the last one is the function that has code of its
 * own. All is borrowed until the visitor returns. An address that is not covered is not visited.
 */
struct dwarf_visitor {
	struct error *(*visit)(
		void *context, size_t index, const struct dwarf_frame *frames, size_t count);
	void *context;
};

/*
 * addresses: sorted upwards. Visits each that is covered once, by its index, in no particular
 * order. Asking for many at once is much faster. Errors of the visitor are passed on.
 */
struct error *dwarf_find(struct dwarf *dwarf, const uint64_t *addresses, size_t count,
	struct dwarf_visitor visitor) MUST_CHECK;
