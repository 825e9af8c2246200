#include "jemalloc/heap_lines.h"

struct error *heap_lines_unexpected(const struct heap_lines *lines, const char *expected)
{
	struct error *error =
		error_create(ERROR_MALFORMED, "line %zu: expected %s", lines->number, expected);

	return error_set_hint(error, "the file is damaged, or no heap dump of jemalloc 4.0 to 5.3");
}

struct error *heap_lines_truncated(const struct heap_lines *lines, const char *where)
{
	struct error *error = error_create(ERROR_MALFORMED,
		"line %zu: the file ends in the middle of %s", lines->number, where);

	return error_set_hint(error, "was the disk full when it was dumped?");
}

bool heap_lines_at_end(struct heap_lines *lines)
{
	cursor_skip_spaces(&lines->line);
	return cursor_left(&lines->line) == 0;
}

struct error *heap_lines_next(struct heap_lines *lines, bool *ret)
{
	do {
		if (!cursor_take_line(&lines->text, &lines->line)) {
			*ret = false;
			return NULL;
		}
		lines->number++;
		if (lines->line.end == lines->text.at)
			return heap_lines_truncated(lines, "a line");
	} while (heap_lines_at_end(lines));
	*ret = true;
	return NULL;
}

static bool take_pair(struct cursor *line, uint64_t *count, uint64_t *bytes)
{
	cursor_skip_spaces(line);
	if (!cursor_take_decimal(line, count) || !cursor_skip_text(line, ":"))
		return false;
	cursor_skip_spaces(line);
	return cursor_take_decimal(line, bytes);
}

bool heap_lines_take_row(struct heap_lines *lines, struct heap_row *ret)
{
	struct cursor *line = &lines->line;
	struct heap_row row;

	if (!take_pair(line, &row.live_count, &row.live_bytes))
		return false;
	cursor_skip_spaces(line);
	if (!cursor_skip_text(line, "[") || !take_pair(line, &row.total_count, &row.total_bytes) ||
		!cursor_skip_text(line, "]"))
		return false;
	*ret = row;
	return true;
}

struct error *heap_lines_take_addresses(struct heap_lines *lines, struct u64_array *ret)
{
	ret->count = 0;
	while (!heap_lines_at_end(lines)) {
		struct cursor *line = &lines->line;
		uint64_t address;

		if (!cursor_take_hexadecimal(line, &address) ||
			(cursor_left(line) && *line->at != ' ' && *line->at != '\t'))
			return heap_lines_unexpected(
				lines, "addresses such as 0x55d0c8a00000 behind '@'");
		struct error *error = u64_array_append(ret, address);
		if (error)
			return error;
	}
	return NULL;
}
