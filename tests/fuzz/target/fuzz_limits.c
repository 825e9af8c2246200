#include <stdlib.h>

#include "target/limits.h"

/* The texts that tell limits: each parser gets each input. */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_group(struct cursor text)
{
	struct cursor path;
	bool unified;

	if (limits_parse_group(text, &path, &unified) &&
		(path.at < text.at || path.end > text.end || !cursor_left(&path) ||
			*path.at != '/'))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cursor text = cursor_over(bytes, length);
	struct process_limits limits;
	uint64_t number, other;

	(void)limits_parse(text, &limits);
	(void)limits_parse_number(text, &number);
	(void)limits_parse_commit(text, &number, &other);
	if (limits_count_mappings(text) > length)
		abort();
	check_group(text);
	return 0;
}
