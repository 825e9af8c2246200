#include <stdint.h>
#include <stdlib.h>

#include "jemalloc/heap_dump.h"
#include "jemalloc/heap_write.h"

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

/* What is written of it can be read. */
static void write_and_read(
	const struct profile *profile, struct error *(*write)(const struct profile *profile,
					       const char *value_type, struct u8_array *ret))
{
	struct profile *again = NULL;
	struct u8_array bytes = {0};
	struct error *error = write(profile, NULL, &bytes);

	if (!error)
		error = heap_dump_parse(bytes.items, bytes.count, &again);
	if (error && error->kind != ERROR_NO_MEMORY)
		abort();
	error_destroy(error);
	profile_destroy(again);
	u8_array_deinit(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct profile *profile = NULL;
	struct error *error = heap_dump_parse(bytes, length, &profile);

	if (!error == !profile)
		abort();
	if (error && error->kind != ERROR_MALFORMED && error->kind != ERROR_NO_MEMORY)
		abort();
	if (profile) {
		check(profile);
		write_and_read(profile, heap_write_threaded);
		write_and_read(profile, heap_write_plain);
	}
	error_destroy(error);
	profile_destroy(profile);
	return 0;
}
