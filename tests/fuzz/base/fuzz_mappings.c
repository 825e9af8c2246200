#include <stdint.h>
#include <stdlib.h>

#include "base/mappings.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* What was parsed is in order, and found again by its addresses. */
static void check(const struct mappings *mappings)
{
	uint64_t end = 0;

	ARRAY_FOR_EACH (mapping, &mappings->list) {
		if (mapping->start < end || mapping->end < mapping->start || !mapping->path)
			abort();
		end = mapping->end;
		if (mapping->start == end)
			continue;
		if (mappings_find(mappings, mapping->start) != mapping ||
		        mappings_find(mappings, end - 1) != mapping)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct mappings mappings = {0};
	struct error *error = mappings_parse(cursor_over(bytes, length), &mappings);

	if (error && error->kind != ERROR_MALFORMED && error->kind != ERROR_NO_MEMORY)
		abort();
	check(&mappings);
	error_destroy(error);
	mappings_deinit(&mappings);
	return 0;
}
