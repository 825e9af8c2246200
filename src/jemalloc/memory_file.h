#pragma once

#include <sys/types.h>

#include "base/array.h"
#include "base/error.h"
#include "call/caller.h"
#include "jemalloc/mallctl.h"

/*
 * What a function of the target writes to a descriptor, by way of a file in the target's memory
 * (memfd_create(2)): nothing touches its disk, and nothing is left open, whatever becomes of
 * limpet.
 */

/* Plans the call, by caller_put() and the like: descriptor is the file's in the target. */
typedef struct error *memory_file_plan(
	struct jemalloc *jemalloc, void *context, int descriptor, struct call_item *ret);

/* *ret_result: what the function returned. */
struct error *memory_file_read(struct jemalloc *jemalloc, pid_t process, memory_file_plan *plan,
	void *context, uint64_t *ret_result, struct u8_array *ret) MUST_CHECK;
