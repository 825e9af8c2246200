#include <stdlib.h>

#include "target/limits.h"

/* The texts that tell limits: each parser gets each input. The first bytes are descriptors, too. */

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

static void check_descriptors(const uint8_t *bytes, size_t length)
{
	uint64_t open[16], highest, next = 0;
	size_t count = length < 16 ? length : 16;

	for (size_t i = 0; i < count; i++)
		open[i] = next += 1 + bytes[i] % 4;
	if (!limits_highest_descriptor(open, count, length, 64, &highest))
		return;
	if (highest >= length || highest >= 64)
		abort();
	for (size_t i = 0; i < count; i++)
		if (open[i] == highest)
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
	check_descriptors(bytes, length);
	return 0;
}
