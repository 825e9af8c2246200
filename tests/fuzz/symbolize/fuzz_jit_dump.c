#include <stdint.h>
#include <stdlib.h>

#include "base/array.h"
#include "symbolize/jit_dump.h"

#define LOOKUPS 64

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static int compare(const void *a, const void *b)
{
	const struct jit_lookup *first = a, *second = b;

	return (first->address > second->address) - (first->address < second->address);
}

/* Numbers that stand in the dump are those at which something may begin. */
static void choose_addresses(struct cursor dump, struct jit_lookup lookups[LOOKUPS])
{
	for (size_t i = 0; i < LOOKUPS; i++) {
		struct cursor at = dump;
		const char *skipped;
		uint64_t number = i;

		if (cursor_take(&at, 40 + 8 * i, &skipped) && cursor_take_u64(&at, &number))
			number += i % 3 - 1;
		lookups[i] = (struct jit_lookup){.address = number};
	}
	qsort(lookups, LOOKUPS, sizeof(lookups[0]), compare);
}

static void check_inside(struct cursor text, struct cursor dump)
{
	if (text.at && (text.at < dump.at || text.end > dump.end || text.at > text.end))
		abort();
}

/* What is told lies in the dump, and one lookup tells the same as many. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cursor dump = cursor_over(bytes, length);
	struct jit_lookup lookups[LOOKUPS];
	struct error *error;

	choose_addresses(dump, lookups);
	error = jit_dump_find(dump, lookups, LOOKUPS);
	for (size_t i = 0; !error && i < LOOKUPS; i++) {
		struct jit_lookup alone = {.address = lookups[i].address};

		check_inside(lookups[i].name, dump);
		check_inside(lookups[i].file, dump);
		error = jit_dump_find(dump, &alone, 1);
		if (!error &&
			(alone.name.at != lookups[i].name.at || alone.line != lookups[i].line))
			abort();
	}
	error_destroy(error);
	return 0;
}
