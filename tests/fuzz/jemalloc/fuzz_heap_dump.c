#include <stdint.h>
#include <stdlib.h>

#include "jemalloc/heap_dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* A profile that was made holds together, and no figure of it is negative. */
static void check(const struct profile *profile)
{
	struct error *error = profile_check(profile);

	if (error)
		abort();
	for (size_t i = 0; i < profile->values.count; i++)
		if (profile->values.items[i] < 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct profile *profile = NULL;
	struct error *error = heap_dump_parse(bytes, length, &profile);

	if (!error == !profile)
		abort();
	if (error && error->kind != ERROR_MALFORMED && error->kind != ERROR_NO_MEMORY)
		abort();
	if (profile)
		check(profile);
	error_destroy(error);
	profile_destroy(profile);
	return 0;
}
