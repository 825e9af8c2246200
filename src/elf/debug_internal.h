#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/string_builder.h"
#include "elf/debug_search.h"
#include "elf/image_internal.h"

/* What the files of the search share; not for other layers. */

ARRAY_DEFINE(elf_images, struct elf_image *)

/* A folder of debug files; path is absolute, from root if there is one. */
struct debug_folder {
	const char *root; /* borrowed from the search, or NULL */
	const char *path; /* borrowed from the search */
};
ARRAY_DEFINE(debug_folders, struct debug_folder)

/* A file that the user named. */
struct debug_given {
	char *path;
	char *module; /* NULL: whichever has its build id */
	char build_id[ELF_BUILD_ID_TEXT_SIZE];
	bool used;
};
ARRAY_DEFINE(debug_givens, struct debug_given)

struct debug_fetcher; /* elf/debug_fetch.c */

struct debug_search {
	uint64_t generation; /* of the set-up, from 1 */
	char *folder_texts;  /* the user's, each ended by a NUL; NULL: none */
	char *sysroot, *root, *program, *alias;
	struct debug_folders folders; /* in the order of looking */
	struct debug_givens givens;
	struct debug_progress progress;
	struct debug_fetcher *fetcher; /* NULL: nothing was fetched yet */
};

/* What a search has found for an image, and how far it looked. */
struct debug_found {
	uint64_t generation;
	unsigned needs; /* what it was asked for */
	enum debug_reach reach;
	struct debug_files files;
	struct elf_images opened; /* owned */
	struct string_builder trail, refusals;
};

/* What stands in for no search at all. */
struct debug_search *debug_search_or_usual(struct debug_search *search);

void debug_found_destroy(struct debug_found *found); /* takes NULL */

/* One look for the files of an image. */
struct debug_look {
	struct debug_search *search;
	struct elf_image *image;
	struct debug_found *found;
	unsigned missing; /* needs that are not met yet */
	bool given_up;    /* to fetch anything */
	bool unproven;    /* what is looked at now is there because the user says so */
};

void debug_look_note(struct debug_look *look, const char *root, const char *path, const char *why);

/*
 * Takes over the descriptor. Keeps its image if that has what is missing and is the image's:
 * checksum NULL, or whose build ids are there and equal, or that of the whole file otherwise.
 */
struct error *debug_look_consider(struct debug_look *look, int fd, const char *root,
	const char *path, const uint32_t *checksum) MUST_CHECK;
/* The same for a path; whether it can be opened is noted. */
struct error *debug_look_at(struct debug_look *look, const char *root, const char *path,
	const uint32_t *checksum) MUST_CHECK;

/* Whether a file has anything that may be looked for. */
bool debug_look_has_any(const struct elf_image *image);

/* Takes what is missing of an image that is kept elsewhere, which is the right one. */
void debug_look_take(struct debug_look *look, struct elf_image *other);
/* Takes over the image, which is the right one. */
struct error *debug_look_keep(struct debug_look *look, struct elf_image *other) MUST_CHECK;

/* The name and the CRC-32 (that of zlib) in .gnu_debuglink. false: none, or not of that form. */
bool debug_link_parse(
	const struct u8_array *section, const char **ret_name, uint32_t *ret_checksum);

/* The path and the build id, in hexadecimal, in .gnu_debugaltlink. */
bool debug_alternative_parse(const struct u8_array *section, const char **ret_path,
	char ret_id[static ELF_BUILD_ID_TEXT_SIZE]);

/* Where a file's folder may be: the roots beside which it is looked for. At most 2, NULL the own.
 */
#define DEBUG_ROOTS_MAX 2
size_t debug_search_roots(const struct debug_search *search, const char *ret[DEBUG_ROOTS_MAX]);

/* Asks debuginfod for the image of the look. */
struct error *debug_fetch(struct debug_look *look, struct debug_search *search) MUST_CHECK;
void debug_fetcher_destroy(struct debug_fetcher *fetcher); /* takes NULL */
void debug_fetcher_resume(struct debug_fetcher *fetcher);  /* takes NULL */
