#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "symbolize/short_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	CLEANUP(cleanup_free) char *name = strndup((const char *)bytes, length);
	STRING_BUILDER(once);
	STRING_BUILDER(behind);

	if (!name)
		return 0;
	short_name_append(&once, name);
	string_append(&behind, "before ");
	short_name_append(&behind, name);
	if (once.failed || behind.failed)
		return 0;
	if (*name ? !once.length || once.length > strlen(name) : once.length)
		abort();
	/* What was there before has no say, and stays. */
	if (strncmp(behind.text, "before ", strlen("before ")) != 0 ||
		strcmp(behind.text + strlen("before "), once.text ? once.text : "") != 0)
		abort();
	return 0;
}
