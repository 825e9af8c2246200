#pragma once

#include "base/array.h"
#include "base/error.h"
#include "profile/profile.h"

/* Adds functions to a profile; each mangled name is made readable once. A zeroed one is ready. */
struct function_namer {
	struct profile *profile;
	struct u32_array readable; /* by string id of the name as it is in the file; 0: not yet */
};

void function_namer_deinit(struct function_namer *namer);

struct function_place {
	const char *file;    /* or NULL */
	uint32_t start_line; /* or 0 */
};

/* name: as it is in the file, mangled or not. */
struct error *function_namer_add(struct function_namer *namer, const char *name,
	const struct function_place *place, uint32_t *ret) MUST_CHECK;
