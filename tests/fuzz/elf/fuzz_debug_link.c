#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "elf/debug_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* What is parsed lies in the section, and ends there. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct u8_array section = {(uint8_t *)malloc(length ? length : 1), length, length};
	char id[ELF_BUILD_ID_TEXT_SIZE];
	const char *text;
	uint32_t checksum;

	if (!section.items)
		return 0;
	if (length)
		memcpy(section.items, bytes, length);
	if (debug_link_parse(&section, &text, &checksum) &&
		(!*text || strchr(text, '/') || strlen(text) >= length))
		abort();
	if (debug_alternative_parse(&section, &text, id) &&
		(!*text || !*id || strlen(text) + 1 + strlen(id) / 2 != length))
		abort();
	free(section.items);
	return 0;
}
