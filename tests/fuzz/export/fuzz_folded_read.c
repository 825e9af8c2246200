#include <stdlib.h>

#include "base/cleanup.h"
#include "export/folded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(struct error *error)
{
	if (error)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct error *error = folded_read(data, size, &profile);

	(void)folded_recognize(data, size);
	if (error) {
		error_destroy(error);
		return 0;
	}
	must(profile_check(profile));
	must(folded_write(profile, NULL, &bytes));
	/* Zeros are left out: nothing may remain. */
	if (bytes.count && !folded_recognize(bytes.items, bytes.count))
		abort();
	return 0;
}
