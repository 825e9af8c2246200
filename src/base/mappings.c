#include "base/mappings.h"

#include <stdlib.h>
#include <string.h>

void mappings_deinit(struct mappings *mappings)
{
	ARRAY_FOR_EACH (mapping, &mappings->list)
		free(mapping->path);
	mapping_items_deinit(&mappings->list);
}

static bool take_range(struct cursor *line, struct mapping *mapping)
{
	return cursor_take_hexadecimal(line, &mapping->start) && cursor_skip_text(line, "-") &&
	       cursor_take_hexadecimal(line, &mapping->end) && mapping->start <= mapping->end &&
	       cursor_skip_text(line, " ");
}

static bool take_permissions(struct cursor *line, struct mapping *mapping)
{
	const char *text;

	if (!cursor_take(line, 4, &text))
		return false;
	mapping->readable = text[0] == 'r';
	mapping->writable = text[1] == 'w';
	mapping->executable = text[2] == 'x';
	mapping->shared = text[3] == 's';
	return cursor_skip_text(line, " ");
}

static bool take_file(struct cursor *line, struct mapping *mapping)
{
	uint64_t major, minor;

	if (!cursor_take_hexadecimal(line, &mapping->offset) || !cursor_skip_text(line, " ") ||
		!cursor_take_hexadecimal(line, &major) || !cursor_skip_text(line, ":") ||
		!cursor_take_hexadecimal(line, &minor) || !cursor_skip_text(line, " ") ||
		!cursor_take_decimal(line, &mapping->inode) || major > UINT32_MAX ||
		minor > UINT32_MAX)
		return false;
	mapping->device_major = (uint32_t)major;
	mapping->device_minor = (uint32_t)minor;
	return true;
}

/* The kernel writes a newline in a name as \012 (seq_path). */
static void unescape_newlines(char *path)
{
	char *to = path;

	for (const char *from = path; *from; to++) {
		bool escaped = strncmp(from, "\\012", 4) == 0;

		*to = escaped ? '\n' : *from;
		from += escaped ? 4 : 1;
	}
	*to = '\0';
}

static struct error *take_path(struct cursor *line, struct mapping *mapping)
{
	static const char mark[] = " (deleted)";
	size_t mark_length = sizeof(mark) - 1;

	cursor_skip_spaces(line);
	size_t length = cursor_left(line);
	if (length > mark_length && memcmp(line->end - mark_length, mark, mark_length) == 0) {
		mapping->deleted = true;
		length -= mark_length;
	}
	mapping->path = strndup(line->at, length);
	if (!mapping->path)
		return &error_no_memory;
	unescape_newlines(mapping->path);
	return NULL;
}

/* mappings_find() relies on it, and the kernel promises it: addresses never go backwards. */
static bool in_order(const struct mapping_items *list, const struct mapping *mapping)
{
	return !list->count || list->items[list->count - 1].end <= mapping->start;
}

static struct error *parse_line(struct cursor line, struct mapping_items *list)
{
	struct mapping mapping = {0};
	struct error *error;

	if (!take_range(&line, &mapping) || !take_permissions(&line, &mapping) ||
		!take_file(&line, &mapping))
		return error_create(ERROR_MALFORMED, "not a line of a maps file");
	if (!in_order(list, &mapping))
		return error_create(ERROR_MALFORMED, "addresses out of order");
	error = take_path(&line, &mapping);
	if (!error)
		error = mapping_items_append(list, mapping);
	if (error)
		free(mapping.path);
	return error;
}

struct error *mappings_parse(struct cursor text, struct mappings *ret)
{
	struct mappings mappings = {0};
	struct cursor line;
	size_t number = 0;

	while (cursor_take_line(&text, &line)) {
		struct error *error = parse_line(line, &mappings.list);

		number++;
		if (error) {
			mappings_deinit(&mappings);
			return error_add_context(error, "line %zu", number);
		}
	}
	*ret = mappings;
	return NULL;
}

const struct mapping *mappings_find(const struct mappings *mappings, uint64_t address)
{
	size_t low = 0, high = mappings->list.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct mapping *mapping = &mappings->list.items[middle];

		if (address < mapping->start)
			high = middle;
		else if (address >= mapping->end)
			low = middle + 1;
		else
			return mapping;
	}
	return NULL;
}
