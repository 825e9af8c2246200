#include "jemalloc/heap_dump.h"

#include <string.h>

#include "base/cleanup.h"
#include "jemalloc/heap_builder.h"
#include "jemalloc/heap_lines.h"
#include "jemalloc/heap_scale.h"

#define ROW "COUNT: BYTES [COUNT: BYTES]"

/* The lines up to the mappings are walked over; more tells whether there is a current line. */
struct heap_parser {
	struct heap_lines lines;
	struct heap_builder builder;
	struct u64_array addresses;
	bool more;
};

/* A row of the threaded format: t* is the whole process, tN a thread. */
struct thread_row {
	bool process;
	uint64_t thread;
	struct heap_row row;
};

static void cleanup_parser(struct heap_parser *parser)
{
	heap_builder_deinit(&parser->builder);
	u64_array_deinit(&parser->addresses);
}

static struct error *next_line(struct heap_parser *parser)
{
	return heap_lines_next(&parser->lines, &parser->more);
}

static bool at_stack(const struct heap_parser *parser)
{
	return parser->more && *parser->lines.line.at == '@';
}

static struct error *take_thread_row(struct heap_parser *parser, struct thread_row *ret)
{
	struct cursor *line = &parser->lines.line;
	struct thread_row row = {0};

	if (!cursor_skip_text(line, "t"))
		return heap_lines_unexpected(
			&parser->lines, "'@', a row 't1: " ROW "' or MAPPED_LIBRARIES:");
	row.process = cursor_skip_text(line, "*");
	if ((!row.process && !cursor_take_decimal(line, &row.thread)) || row.thread > INT64_MAX ||
		!cursor_skip_text(line, ":") || !heap_lines_take_row(&parser->lines, &row.row))
		return heap_lines_unexpected(&parser->lines, "'t*: " ROW "' or 't1: " ROW "'");
	*ret = row;
	return NULL;
}

/* In the head, a thread's name stands behind its row. */
static struct error *parse_head_row(struct heap_parser *parser, struct thread_row *ret)
{
	struct error *error = take_thread_row(parser, ret);

	if (error)
		return error;
	cursor_skip_spaces(&parser->lines.line);
	if (ret->process)
		return NULL;
	return heap_builder_add_thread(&parser->builder, ret->thread, parser->lines.line);
}

/* The totals of the process and its threads, up to the first stack. */
static struct error *parse_head(struct heap_parser *parser)
{
	bool has_process = false, accumulated = false;
	struct error *error = next_line(parser);

	while (!error && parser->more && !at_stack(parser)) {
		struct thread_row row;

		error = parse_head_row(parser, &row);
		if (error)
			return error;
		has_process |= row.process;
		accumulated |= row.row.total_count || row.row.total_bytes;
		error = next_line(parser);
	}
	if (!error && !has_process && parser->more)
		error = heap_lines_unexpected(&parser->lines, "'t*: " ROW "'");
	if (!error && !has_process)
		error = heap_lines_truncated(&parser->lines, "its head");
	return error ? error : heap_builder_set_accumulated(&parser->builder, accumulated);
}

/* The row of the process, behind the line of addresses. */
static struct error *parse_process_row(struct heap_parser *parser, struct thread_row *ret)
{
	struct error *error = next_line(parser);

	if (error)
		return error;
	if (!parser->more)
		return heap_lines_truncated(&parser->lines, "a stack");
	if (!cursor_skip_text(&parser->lines.line, "t*:") ||
		!heap_lines_take_row(&parser->lines, &ret->row) ||
		!heap_lines_at_end(&parser->lines))
		return heap_lines_unexpected(&parser->lines, "'t*: " ROW "'");
	ret->process = true;
	return NULL;
}

static struct error *parse_shares(struct heap_parser *parser)
{
	struct error *error = next_line(parser);

	while (!error && parser->more && !at_stack(parser)) {
		struct thread_row row;

		error = take_thread_row(parser, &row);
		if (error)
			return error;
		if (row.process || !heap_lines_at_end(&parser->lines))
			return heap_lines_unexpected(&parser->lines, "'t1: " ROW "'");
		error = heap_builder_add_share(&parser->builder, row.thread, &row.row);
		if (!error)
			error = next_line(parser);
	}
	return error;
}

static struct error *parse_addresses(struct heap_parser *parser)
{
	cursor_skip_text(&parser->lines.line, "@");
	return heap_lines_take_addresses(&parser->lines, &parser->addresses);
}

static struct error *parse_threaded_stack(struct heap_parser *parser)
{
	struct error *error = parse_addresses(parser);
	struct thread_row process;

	if (!error)
		error = parse_process_row(parser, &process);
	if (!error)
		error = heap_builder_set_stack(&parser->builder, &parser->addresses);
	if (!error)
		error = parse_shares(parser);
	return error ? error : heap_builder_end_stack(&parser->builder, &process.row);
}

static struct error *parse_threaded(struct heap_parser *parser, struct cursor maps)
{
	struct cursor *line = &parser->lines.line;
	struct error *error;
	uint64_t rate;

	if (!cursor_take_decimal(line, &rate) || !rate || !heap_lines_at_end(&parser->lines))
		return heap_lines_unexpected(
			&parser->lines, "'heap_v2/RATE', the rate a number above 0");
	struct heap_scale scale = {heap_factor_poisson, (double)rate};
	error = heap_builder_init(&parser->builder, scale, maps);
	if (!error)
		error = parse_head(parser);
	while (!error && parser->more)
		error = parse_threaded_stack(parser);
	return error;
}

static bool ends_with(const struct cursor *text, const char *end)
{
	size_t length = strlen(end);

	return cursor_left(text) >= length && memcmp(text->end - length, end, length) == 0;
}

/* "TYPE/PERIOD" behind the '@' of the first line; what was not sampled has no period. */
static struct heap_scale take_scale(struct cursor *line)
{
	struct cursor type = *line;
	struct heap_scale scale = {0};
	uint64_t period;

	while (cursor_left(line) && *line->at != '/')
		line->at++;
	type.end = line->at;
	if (!cursor_skip_text(line, "/") || !cursor_take_decimal(line, &period) || !period)
		return scale;
	if (cursor_equals(&type, "heapprofile") || !memmem(type.at, cursor_left(&type), "heap", 4))
		return scale;
	/* Version 1 has the largest distance between samples, twice the mean. */
	if (ends_with(&type, "_v2"))
		return (struct heap_scale){heap_factor_poisson, (double)period};
	return (struct heap_scale){heap_factor_uniform, (double)period / 2};
}

static struct error *parse_plain_stack(struct heap_parser *parser)
{
	struct heap_row row;
	struct error *error;

	if (!heap_lines_take_row(&parser->lines, &row) || heap_lines_at_end(&parser->lines) ||
		!at_stack(parser))
		return heap_lines_unexpected(
			&parser->lines, "'" ROW " @ ADDRESSES' or MAPPED_LIBRARIES:");
	error = parse_addresses(parser);
	if (!error)
		error = heap_builder_set_stack(&parser->builder, &parser->addresses);
	if (!error)
		error = heap_builder_end_stack(&parser->builder, &row);
	return error ? error : next_line(parser);
}

/* Sampling writes the live figures twice, in place of the accumulated ones that it lacks. */
static bool has_accumulated(const struct heap_row *total)
{
	return (total->total_count && total->total_count != total->live_count) ||
	       (total->total_bytes && total->total_bytes != total->live_bytes);
}

static struct error *parse_plain(struct heap_parser *parser, struct cursor maps)
{
	struct heap_scale scale = {0};
	struct heap_row total;
	struct error *error;

	if (!heap_lines_take_row(&parser->lines, &total))
		return heap_lines_unexpected(
			&parser->lines, "'heap profile: " ROW " @ TYPE/PERIOD'");
	cursor_skip_spaces(&parser->lines.line);
	if (cursor_skip_text(&parser->lines.line, "@")) {
		cursor_skip_spaces(&parser->lines.line);
		scale = take_scale(&parser->lines.line);
	}
	error = heap_builder_init(&parser->builder, scale, maps);
	if (!error)
		error = heap_builder_set_accumulated(&parser->builder, has_accumulated(&total));
	if (!error)
		error = next_line(parser);
	while (!error && parser->more)
		error = parse_plain_stack(parser);
	return error;
}

static const struct heap_format {
	const char *start; /* of the first line */
	struct error *(*parse)(struct heap_parser *parser, struct cursor maps);
} formats[] = {
	{"heap_v2/", parse_threaded},
	{"heap profile:", parse_plain},
};

static const struct heap_format *find_format(struct cursor text)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (cursor_skip_text(&text, formats[i].start))
			return &formats[i];
	return NULL;
}

bool heap_dump_recognize(const void *bytes, size_t length)
{
	return find_format(cursor_over(bytes, length)) != NULL;
}

/* Cuts the maps file off the end of the text and returns it. */
static struct cursor split_maps(struct cursor *text)
{
	static const char *const titles[] = {"\nMAPPED_LIBRARIES:", "\n--- Memory map:"};
	struct cursor maps = {text->end, text->end}, title;

	for (size_t i = 0; i < ARRAY_SIZE(titles); i++) {
		char *at = memmem(text->at, cursor_left(text), titles[i], strlen(titles[i]));

		if (!at)
			continue;
		maps.at = at + 1;
		text->end = maps.at;
		cursor_take_line(&maps, &title);
		break;
	}
	return maps;
}

struct error *heap_dump_mappings(const void *bytes, size_t length, struct mappings *ret)
{
	struct cursor text = cursor_over(bytes, length);
	bool cut;

	return error_unless(heap_mappings_parse(split_maps(&text), &cut, ret), ERROR_MALFORMED);
}

static struct error *check_format(const struct heap_format *format, size_t length)
{
	struct error *error;

	if (format)
		return NULL;
	if (!length) {
		error = error_create(ERROR_MALFORMED, "the file is empty");
		return error_set_hint(error, "was the disk full when it was dumped?");
	}
	error = error_create(
		ERROR_MALFORMED, "line 1: expected 'heap_v2/RATE' or 'heap profile: ...'");
	return error_set_hint(error, "this is no heap dump of jemalloc");
}

struct error *heap_dump_parse(const void *bytes, size_t length, struct profile **ret)
{
	CLEANUP(cleanup_parser) struct heap_parser parser = {0};
	struct cursor text = cursor_over(bytes, length);
	const struct heap_format *format = find_format(text);
	struct error *error = check_format(format, length);

	if (error)
		return error;
	struct cursor maps = split_maps(&text);
	parser.lines.text = text;
	error = next_line(&parser);
	if (error)
		return error;
	cursor_skip_text(&parser.lines.line, format->start);
	error = format->parse(&parser, maps);
	return error ? error : heap_builder_finish(&parser.builder, ret);
}
