#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/string_builder.h"
#include "cli/name_shortening.h"
#include "cli/text_columns.h"
#include "export/utf8.h"

/* However a name is cut it fits, and its characters stay whole. */
static void check_columns(const char *name, size_t length, size_t columns)
{
	STRING_BUILDER(shortened);
	STRING_BUILDER(padded);
	size_t head = text_head(name, length, columns), tail = text_tail(name, length, columns);

	name_append_shortened(&shortened, name, columns);
	text_append_padded(&padded, name, columns);
	if (text_columns(name, head) > columns ||
		text_columns(name + length - tail, tail) > columns ||
		(shortened.text && text_columns(shortened.text, shortened.length) > columns) ||
		(padded.text && text_columns(padded.text, padded.length) != columns))
		abort();
	if (utf8_is_valid(name, length) && shortened.text &&
		!utf8_is_valid(shortened.text, shortened.length))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *name = strndup((const char *)bytes, length);

	if (!name)
		return 0;
	for (size_t columns = 0; columns < 64; columns += 7)
		check_columns(name, strlen(name), columns);
	check_columns(name, strlen(name), 4096);
	free(name);
	return 0;
}
