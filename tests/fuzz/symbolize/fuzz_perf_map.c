#include <stdint.h>
#include <stdlib.h>

#include "base/array.h"
#include "symbolize/perf_map.h"

ARRAY_DEFINE(lookups, struct perf_map_lookup)

#define LOOKUPS_MAX 200

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void append(struct lookups *lookups, uint64_t address)
{
	struct error *error = lookups_append(lookups, (struct perf_map_lookup){.address = address});

	if (error)
		abort();
}

/* The addresses where what holds them changes, and those around them. */
static void choose_addresses(struct cursor text, struct lookups *ret)
{
	struct perf_map_line parsed;
	struct cursor line;

	append(ret, 0);
	append(ret, UINT64_MAX);
	while (ret->count < LOOKUPS_MAX && cursor_take_line(&text, &line)) {
		if (!perf_map_parse_line(line, &parsed))
			continue;
		append(ret, parsed.start - 1);
		append(ret, parsed.start);
		append(ret, parsed.end - 1);
		append(ret, parsed.end);
	}
}

static int compare(const void *a, const void *b)
{
	const struct perf_map_lookup *first = a, *second = b;

	return (first->address > second->address) - (first->address < second->address);
}

/* The last line that holds the address, line by line. */
static struct cursor find_slowly(struct cursor text, uint64_t address)
{
	struct cursor line, found = {0};
	struct perf_map_line parsed;

	while (cursor_take_line(&text, &line)) {
		if (!perf_map_parse_line(line, &parsed))
			continue;
		if (parsed.start >= parsed.end || !cursor_left(&parsed.name) ||
			parsed.name.end != line.end)
			abort();
		if (address >= parsed.start && address < parsed.end)
			found = parsed.name;
	}
	return found;
}

static void check_position(struct cursor name)
{
	struct perf_map_position position;

	if (perf_map_parse_position(name, &position) &&
		(!cursor_left(&position.file) || !position.line || position.file.at < name.at ||
			position.file.end > name.end))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cursor text = cursor_over(bytes, length);
	struct lookups lookups = {0};
	struct error *error;

	choose_addresses(text, &lookups);
	qsort(lookups.items, lookups.count, sizeof(lookups.items[0]), compare);
	error = perf_map_find(text, lookups.items, lookups.count);
	ARRAY_FOR_EACH (lookup, &lookups) {
		struct cursor expected = find_slowly(text, lookup->address);

		if (!error && (lookup->name.at != expected.at || lookup->name.end != expected.end))
			abort();
		check_position(lookup->name);
	}
	error_destroy(error);
	lookups_deinit(&lookups);
	return 0;
}
