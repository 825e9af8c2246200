#pragma once

#include <stdbool.h>

#include "dwarf/dwarf.h"
#include "symbolize/name_cache.h"

/*
 * Frames of addresses from the cache, and what it does not know from where they come, which the
 * cache then is told.
 */

struct name_finder {
	/*
	 * As dwarf_find(): finds the frames of addresses that are sorted upwards. *ret_complete:
	 * whether that is all that will ever be known of them; not if a file was missing that may
	 * come.
	 */
	struct error *(*find)(void *context, const uint64_t *addresses, size_t count,
		struct dwarf_visitor visitor, bool *ret_complete);
	void *context;
};

/*
 * As dwarf_find(), for the file of a build id. The finder is asked at most once, and only if the
 * cache lacks something; cache may be NULL, and a file without a build id (length 0) has none.
 * What is complete is kept, also that an address has no frames, but not that none has any. That the
 * cache cannot be written to is no error.
 */
struct error *cached_names_find(struct name_cache *cache, const uint8_t *build_id, size_t length,
	const uint64_t *addresses, size_t count, struct name_finder finder,
	struct dwarf_visitor visitor) MUST_CHECK;
