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
	MALLCTL_STRING, /* const char * */
	MALLCTL_NONE,   /* no value: an order */
	MALLCTL_TYPE_COUNT,
};

enum mallctl_access {
	MALLCTL_READ = 1,
	MALLCTL_WRITE = 2,
	MALLCTL_READ_WRITE = 3,
};

struct mallctl_name {
	const char *pattern; /* '#' stands for a number: "stats.arenas.#.pactive" */
	enum mallctl_type type;
	enum mallctl_access access;
	const char *refusal; /* why limpet never calls it, or NULL */
	const char *use;     /* the command that does it better, or NULL */
};

size_t mallctl_type_size(enum mallctl_type type);
const char *mallctl_type_text(enum mallctl_type type); /* "a size (a whole number)" */

/* NULL: not known. */
const struct mallctl_name *mallctl_find_name(const char *name);
const struct mallctl_name *mallctl_names(size_t *count);
