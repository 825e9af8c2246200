#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/cursor.h"
#include "base/error.h"

/* One line of /proc/PID/maps. */
struct mapping {
	uint64_t start;
	uint64_t end;
	uint64_t offset; /* into the file */
	uint64_t inode;  /* 0: no file */
	uint32_t device_major;
	uint32_t device_minor;
	bool readable, writable, executable, shared;
	bool deleted; /* the path had " (deleted)" behind it, which is cut off */
	char *path;   /* file or "[heap]", "[vdso]", ...; "" for none; owned, with \012 unescaped */
};
ARRAY_DEFINE(mapping_items, struct mapping)

/* Sorted by start, as the kernel prints them. A zeroed struct is an empty table. */
struct mappings {
	struct mapping_items list;
};

void mappings_deinit(struct mappings *mappings);

/* The format of proc(5). Lines that break it or its order: ERROR_MALFORMED, naming the line. */
struct error *mappings_parse(struct cursor text, struct mappings *ret) MUST_CHECK;

/* The mapping that holds the address, or NULL. */
const struct mapping *mappings_find(const struct mappings *mappings, uint64_t address);
