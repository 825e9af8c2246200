#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/error.h"

/*
 * What runtimes tell of the code that they make, in jit-PID.dump, a page of which they map so that
 * it is found: functions with their names, code, places in the source, and moves
 * (tools/perf/Documentation/jitdump-specification.txt of Linux).
 */

/* An address whose function is looked for; all but it is out, and untouched if none holds it. */
struct jit_lookup {
	uint64_t address;
	struct cursor name;  /* into the dump */
	struct cursor file;  /* likewise; empty: not told */
	uint32_t line;       /* that was executing; 0: not told */
	uint32_t start_line; /* the function's first; 0: not told */
};

/* Whether it is one of this machine's byte order. */
bool jit_dump_recognize(struct cursor dump);

/*
 * Finds the functions of addresses, which are sorted upwards. Of those that were at an address one
 * after another the last counts; a function that was moved is found where it was, too. A dump may
 * be under way, and end within a record; what comes behind a broken one is passed over.
 * ERROR_MALFORMED: it is no dump.
 */
struct error *jit_dump_find(struct cursor dump, struct jit_lookup *lookups, size_t count)
	MUST_CHECK;

/* Whether a file is called so: ".../jit-123.dump". */
bool jit_dump_is_name(const char *path);
