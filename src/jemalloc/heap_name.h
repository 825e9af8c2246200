#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What the name of a dump tells. */
struct heap_name {
	uint64_t process;   /* as it saw itself: in a container, not the number outside */
	uint64_t sequence;  /* of all its dumps, from 0 */
	const char *reason; /* "at exit" */
};

/*
 * Names that jemalloc gives by itself, "PREFIX.PID.SEQUENCE.REASON.heap" (src/prof_sys.c,
 * prof_dump_filename): the reason is m (prof.dump), i (lg_prof_interval) or u (prof_gdump) with a
 * number, or f (prof_final). False for another name.
 */
bool heap_name_parse(const char *file_name, struct heap_name *ret);
