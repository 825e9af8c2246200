#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The names that mallctl knows (jemalloc 4.0 to 5.3.1, src/ctl.c), and what stands behind each. */

enum mallctl_type {
	MALLCTL_BOOL, /* 1 byte */
	MALLCTL_UNSIGNED,
	MALLCTL_SIZE,
	MALLCTL_SSIZE,
	MALLCTL_UINT64,
	MALLCTL_STRING,  /* const char * */
	MALLCTL_FIXED,   /* uint32_t, in 1/65536 */
	MALLCTL_SAMPLES, /* two uint64_t: bytes, and how many samples they are of */
	MALLCTL_NONE,    /* no value: an order */
	MALLCTL_TYPE_COUNT,
};

enum mallctl_access {
	MALLCTL_READ = 1,
	MALLCTL_WRITE = 2,
	MALLCTL_READ_WRITE = 3,
};

struct mallctl_name {
	const char *pattern; /* see mallctl_pattern.h: "stats.arenas.#.pactive" */
	enum mallctl_type type;
	enum mallctl_access access;
	const char *refusal; /* why limpet never calls it, or NULL */
	const char *use;     /* the command that does it better, or NULL */
};

size_t mallctl_type_size(enum mallctl_type type);
const char *mallctl_type_text(enum mallctl_type type); /* "a size (a whole number)" */

/* By its word: "bool", "size", "order". MALLCTL_TYPE_COUNT: there is none. */
enum mallctl_type mallctl_type_find(const char *word);
const char *mallctl_type_word(enum mallctl_type type);

/* NULL: not known. */
const struct mallctl_name *mallctl_find_name(const char *name);
/* The same name with the type that it had in older versions; NULL: it had no other. */
const struct mallctl_name *mallctl_former_name(const struct mallctl_name *newer, const char *name);
const struct mallctl_name *mallctl_names(size_t *count);

/*
 * The value that tells how many there are of what the last open number counts:
 * "arenas.bin.#.size" has arenas.nbins. NULL: none does. It must be asked: jemalloc (5.3.1,
 * src/ctl.c, "i > SC_NBINS") takes one number too many there, and reads behind its table.
 */
const char *mallctl_count_name(const char *name);
