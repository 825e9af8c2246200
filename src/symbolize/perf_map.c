#include "symbolize/perf_map.h"

#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "symbolize/lookup_claims.h"

/* V8's words for what is compiled from a source; a regular expression could look like any name. */
static const char *const tags[] = {"JS:", "LazyCompile:", "Function:", "Script:", "Eval:"};

/* false: there is none. */
static bool skip_blanks(struct cursor *line)
{
	const char *before = line->at;

	cursor_skip_spaces(line);
	return line->at != before;
}

bool perf_map_parse_line(struct cursor line, struct perf_map_line *ret)
{
	struct perf_map_line parsed;
	uint64_t size;

	if (!cursor_take_hexadecimal(&line, &parsed.start) || !skip_blanks(&line) ||
		!cursor_take_hexadecimal(&line, &size) || !skip_blanks(&line) ||
		!cursor_left(&line) || !size ||
		__builtin_add_overflow(parsed.start, size, &parsed.end))
		return false;
	parsed.name = line;
	*ret = parsed;
	return true;
}

/* The text behind the last newline, which goes as well. */
static bool take_last_line(struct cursor *text, struct cursor *ret)
{
	size_t length = cursor_left(text);
	const char *newline = length ? memrchr(text->at, '\n', length) : NULL;

	if (!length)
		return false;
	*ret = (struct cursor){newline ? newline + 1 : text->at, text->end};
	text->end = newline ? newline : text->at;
	return true;
}

static void name_lookups(const struct perf_map_line *line, struct perf_map_lookup *lookups,
	size_t count, struct lookup_claims *claims)
{
	size_t at =
		lookup_claims_open(claims, SORTED_COUNT(lookups, count, address, <, line->start));

	while (at < count && lookups[at].address < line->end) {
		lookups[at].name = line->name;
		lookup_claims_take(claims, at);
		at = lookup_claims_open(claims, at);
	}
}

/* From the end of the text on: what has got its name keeps it. */
struct error *perf_map_find(struct cursor text, struct perf_map_lookup *lookups, size_t count)
{
	CLEANUP(lookup_claims_deinit) struct lookup_claims claims = {0};
	struct error *error = lookup_claims_init(&claims, count);
	struct perf_map_line parsed;
	struct cursor line;

	while (!error && claims.left && take_last_line(&text, &line))
		if (perf_map_parse_line(line, &parsed))
			name_lookups(&parsed, lookups, count, &claims);
	return error;
}

/* Cuts ":123" off the end. */
static bool cut_number(struct cursor *text, uint32_t *ret)
{
	size_t length = cursor_left(text);
	const char *colon = length ? memrchr(text->at, ':', length) : NULL;
	struct cursor digits;
	uint64_t number;

	if (!colon)
		return false;
	digits = (struct cursor){colon + 1, text->end};
	if (!cursor_take_decimal(&digits, &number) || cursor_left(&digits) || !number ||
		number > UINT32_MAX)
		return false;
	*ret = (uint32_t)number;
	text->end = colon;
	return true;
}

static bool is_of_source(struct cursor name)
{
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++)
		if (cursor_skip_text(&name, tags[i]))
			return true;
	return false;
}

static bool take_file(struct cursor file, struct cursor *ret)
{
	struct cursor path = file, module = file;
	bool is_url = cursor_skip_text(&path, "file://");
	bool is_path = cursor_left(&path) && *path.at == '/';

	if (is_path && is_url && cursor_contains(&path, "%"))
		path = file;
	if (!is_path && !cursor_skip_text(&module, "node:"))
		return false;
	*ret = path;
	return true;
}

bool perf_map_parse_position(struct cursor name, struct perf_map_position *ret)
{
	struct perf_map_position position;
	const char *blank;
	uint32_t column;

	if (!is_of_source(name) || !cut_number(&name, &column) ||
		!cut_number(&name, &position.line) || !cursor_left(&name))
		return false;
	blank = memchr(name.at, ' ', cursor_left(&name));
	if (!blank || memchr(blank + 1, ' ', (size_t)(name.end - blank - 1)))
		return false;
	if (!take_file((struct cursor){blank + 1, name.end}, &position.file))
		return false;
	*ret = position;
	return true;
}
