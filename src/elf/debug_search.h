#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "elf/image.h"

/*
 * Finds the files that have the symbols and the DWARF of an image, for a file that was stripped of
 * them, in this order:
 *
 * 1. the files that the user named for it;
 * 2. the image itself;
 * 3. by its build id, FOLDER/.build-id/ab/cdef.debug of each debug folder: those of the user, that
 *    of the container or the sysroot, and ELF_DEBUG_FOLDER;
 * 4. by the name in its .gnu_debuglink: beside the file, in .debug/ beside it, and in FOLDER + the
 *    folder of the file, for each debug folder (GDB's manual, "Debugging Information in Separate
 *    Files");
 * 5. its own .gnu_debugdata, which has symbols only;
 * 6. debuginfod, if DEBUGINFOD_URLS is set.
 *
 * A file with another build id is refused; without build ids, one with another checksum than
 * .gnu_debuglink says. What was found is kept with the image, and is valid until the image is
 * closed or the search is set up anew.
 */
struct debug_search;

/* Text may be NULL or "" for none. */
struct debug_search_options {
	const char *folders; /* of debug files: "DIR:DIR" */
	/*
	 * "FILE:FILE=MODULE": each for whichever image has its build id, or for the images with
	 * that path or name, which they must be if it has no build id.
	 */
	const char *symbols;
	const char *sysroot; /* where the files of another machine lie, with their paths below it */
	const char *root;    /* "/proc/PID/root", if that is another one than limpet's */
	/* A path of an image, and another one that a MODULE may be that of. */
	const char *program, *alias;
};

/*
 * Asked while a file is fetched, several times a second, and once it is over, with NULL for path;
 * false gives up fetching anything until the search is set up anew, or debug_search_resume(). Both
 * are bytes, and 0 until the server answers. libdebuginfod takes what was given up for missing, for
 * some minutes.
 */
struct debug_progress {
	bool (*go_on)(void *context, const char *path, uint64_t done, uint64_t total);
	void *context;
};

/* Of another machine's or container's, nothing but the usual folder is known yet. */
struct error *debug_search_create(struct debug_search **ret) MUST_CHECK;
void debug_search_destroy(struct debug_search *search); /* takes NULL */

/*
 * ERROR_USAGE: a file of the user is missing, is no ELF file, has nothing that names anything, or
 * has no build id and no MODULE. The search is as before then.
 */
struct error *debug_search_set_up(
	struct debug_search *search, const struct debug_search_options *options) MUST_CHECK;

/* Nothing is fetched from debuginfod before. */
void debug_search_set_progress(struct debug_search *search, struct debug_progress progress);
/* What was given up is tried again. */
void debug_search_resume(struct debug_search *search);

enum debug_need { DEBUG_SYMBOLS = 1, DEBUG_DWARF = 2, DEBUG_FRAMES = 4 };

/* Whether debuginfod is asked, which takes long: not while a process is sampled. */
enum debug_reach { DEBUG_LOCAL = 1, DEBUG_REMOTE = 2 };

struct debug_files {
	struct elf_image *symbols; /* has a .symtab; the image itself, or another */
	struct elf_image *dwarf;   /* has .debug_info; likewise */
	struct elf_image *frames;  /* has .debug_frame; likewise */
	/* The symbols are the image's beyond doubt, not only because the user says so. */
	bool proven;
};

/*
 * needs: of enum debug_need; 0 tells what an earlier look has found. What is not found is NULL.
 * Whatever symbols are found elsewhere are the image's from then on, beside its own: for
 * elf_image_symbol_at(), and if they are proven to be, for elf_image_symbol_named(), too. search:
 * NULL is one that knows the usual folder. The only error is ERROR_NO_MEMORY: what cannot be read
 * is as good as not there, but told by the trail.
 */
struct error *debug_search_find(struct debug_search *search, struct elf_image *image,
	unsigned needs, enum debug_reach reach, struct debug_files *ret) MUST_CHECK;

/* Whether the user named a file for the image, proven to be its or not. */
bool debug_search_has_given(const struct debug_search *search, const struct elf_image *image);

/* Whether a look has found a symbol table for the image in another file than the image. */
bool debug_search_has_symbols(const struct elf_image *image);

/*
 * What was looked for, and why it was not taken: a line each, "PATH: no such file", in the order of
 * looking; "" if nothing was. Borrowed, valid as long as what was found.
 */
const char *debug_search_trail(const struct elf_image *image);
/* Those lines of it that say that a file is there, but of another build; or "". */
const char *debug_search_refusals(const struct elf_image *image);

/*
 * The supplementary file of dwz that the .gnu_debugaltlink of dwarf (the image's, from
 * debug_search_find()) names: by its path, which is relative to the folder of dwarf's file; by its
 * build id in each debug folder; in FOLDER/.dwz. *ret is NULL if there is none, or none of that
 * build id; the caller closes it.
 */
struct error *debug_search_supplement(struct debug_search *search, const struct elf_image *image,
	const struct elf_image *dwarf, struct elf_image **ret) MUST_CHECK;

/*
 * The package of the image's split units: FILE.dwp beside the file and in each debug folder + its
 * folder, beside dwarf's file, and FOLDER/.build-id/ab/cdef.dwp. Whether its units are the ones,
 * their ids tell: whoever reads it compares them. *ret is NULL if there is none; the caller closes
 * it.
 */
struct error *debug_search_package(struct debug_search *search, const struct elf_image *image,
	const struct elf_image *dwarf, struct elf_image **ret) MUST_CHECK;

/*
 * The split unit that a skeleton names (DW_AT_dwo_name, DW_AT_comp_dir; "" if it has none): by its
 * path, and by its file name beside the file and in each debug folder + the file's folder. Ids as
 * above. *ret is NULL if there is none; the caller closes it.
 */
struct error *debug_search_split_unit(struct debug_search *search, const struct elf_image *image,
	const char *name, const char *folder, struct elf_image **ret) MUST_CHECK;

/* Of the set-up; NULL: none. */
const char *debug_search_sysroot(const struct debug_search *search);

/*
 * Opens the program or library that a path was on another machine: SYSROOT + the path,
 * SYSROOT/.build-id/ab/cdef, or its name in SYSROOT itself. build_id: in hexadecimal, which it must
 * have; "" if unknown. ERROR_NOT_FOUND: there is none, or no sysroot, or of other builds only.
 */
struct error *debug_search_open_below(const struct debug_search *search, const char *path,
	const char *build_id, int *ret_fd) MUST_CHECK;

/* ERROR_NOT_FOUND if the file has another build id than that, which may be "" for any. */
struct error *debug_check_build_id(int fd, const char *path, const char *wanted) MUST_CHECK;

/*
 * The files of the user that have served no image since the set-up, a line each: "'FILE' has the
 * build id ab.. of nothing that needed names". To be freed; *ret is NULL if there are none.
 */
struct error *debug_search_unused(const struct debug_search *search, char **ret) MUST_CHECK;
