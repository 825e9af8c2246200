#pragma once

#include "base/cursor.h"
#include "base/mappings.h"
#include "profile/profile.h"

/* Which of the profile's mappings holds an address of the dump. A zeroed struct has none. */
struct heap_mappings {
	struct mappings of_dump;
	struct u32_array ids; /* for each of them, its number in the profile, or PROFILE_NONE */
};

void heap_mappings_deinit(struct heap_mappings *mappings);

/*
 * Adds the executable mappings of a maps file to the profile, the main binary's first. A text
 * that cannot be read is no error: a comment in the profile tells it.
 */
struct error *heap_mappings_init(
	struct heap_mappings *mappings, struct cursor text, struct profile *profile) MUST_CHECK;

/* The lines of a maps file, without one at the end that is cut off. ERROR_MALFORMED. */
struct error *heap_mappings_parse(struct cursor text, bool *ret_cut, struct mappings *ret)
	MUST_CHECK;

/* PROFILE_NONE if no executable mapping holds the address. */
uint32_t heap_mappings_find(const struct heap_mappings *mappings, uint64_t address);
