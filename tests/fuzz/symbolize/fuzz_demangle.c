#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/demangle.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *symbol = strndup((const char *)bytes, length);
	char *readable;

	if (!symbol)
		return 0;
	readable = demangle(symbol);
	/* The limit, and the suffix that came with the symbol. */
	if (readable && strlen(readable) > 16 * 1024 + length * 16 + 16)
		abort();
	free(readable);
	free(symbol);
	return 0;
}
