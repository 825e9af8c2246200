#include "symbolize/jit_dump.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "symbolize/lookup_claims.h"

#define MAGIC         0x4a695444 /* "JiTD" */
#define HEADER_SIZE   40
#define RECORD_HEADER 16

/*
 * LLVM and V8 tell source positions of an ELF file that perf makes of the function, in which its
 * code stands behind the header (src/diagnostics/perf-jit.cc of V8); others tell them of the code.
 */
#define ELF_HEADER_SIZE 0x40

/* Of source positions that are gone through for all lookups together: a hostile dump has many. */
#define POSITIONS_MAX ((size_t)1 << 26)

/* Of a dump; more would take more memory than they are worth. */
#define FUNCTIONS_MAX ((size_t)1 << 21)

enum record_id { RECORD_LOAD, RECORD_MOVE, RECORD_DEBUG_INFO };

struct function {
	uint64_t start, end;
	uint64_t index;   /* of the code, which stays when it is moved */
	uint64_t made_at; /* where it was before any move: what positions are told of */
	struct cursor name;
	struct cursor positions; /* empty: not told */
	uint64_t position_count;
};
ARRAY_DEFINE(functions, struct function)
ARRAY_DEFINE(order_array, uint32_t)

struct parser {
	struct functions functions;
	uint64_t positions_of; /* the code's address */
	struct cursor positions;
	uint64_t position_count;
	size_t moves;
};

bool jit_dump_is_name(const char *path)
{
	const char *name = path_file_name(path);
	size_t digits;

	if (strncmp(name, "jit-", 4) != 0)
		return false;
	digits = strspn(name + 4, "0123456789");
	return digits && strcmp(name + 4 + digits, ".dump") == 0;
}

static bool take_header(struct cursor *dump)
{
	struct cursor at = *dump;
	uint32_t magic, version, size;
	const char *header;

	if (!cursor_take_u32(&at, &magic) || !cursor_take_u32(&at, &version) ||
		!cursor_take_u32(&at, &size) || magic != MAGIC || size < HEADER_SIZE)
		return false;
	return cursor_take(dump, size, &header);
}

bool jit_dump_recognize(struct cursor dump)
{
	return take_header(&dump);
}

static bool take_name(struct cursor *record, struct cursor *ret)
{
	size_t length = cursor_left(record);
	const char *end = length ? memchr(record->at, '\0', length) : NULL;

	if (!end)
		return false;
	*ret = (struct cursor){record->at, end};
	record->at = end + 1;
	return true;
}

static bool skip_thread(struct cursor *record)
{
	uint32_t process, thread;

	return cursor_take_u32(record, &process) && cursor_take_u32(record, &thread);
}

static bool set_range(struct function *function, uint64_t start, uint64_t size)
{
	function->start = start;
	return size && !__builtin_add_overflow(start, size, &function->end);
}

static struct error *add_function(struct parser *parser, const struct function *function)
{
	if (parser->functions.count >= FUNCTIONS_MAX)
		return error_create(
			ERROR_MALFORMED, "it has more than %zu functions", FUNCTIONS_MAX);
	return functions_append(&parser->functions, *function);
}

static struct error *take_load(struct parser *parser, struct cursor record)
{
	uint64_t memory, address, size;
	struct function function = {0};

	if (!skip_thread(&record) || !cursor_take_u64(&record, &memory) ||
		!cursor_take_u64(&record, &address) || !cursor_take_u64(&record, &size) ||
		!cursor_take_u64(&record, &function.index) || !take_name(&record, &function.name) ||
		!set_range(&function, address, size))
		return NULL;
	function.made_at = address;
	if (parser->positions_of == address) {
		function.positions = parser->positions;
		function.position_count = parser->position_count;
	}
	parser->positions = (struct cursor){0};
	return add_function(parser, &function);
}

/* Its name is found later: NULL until then. */
static struct error *take_move(struct parser *parser, struct cursor record)
{
	uint64_t memory, from, to, size;
	struct function function = {0};

	if (!skip_thread(&record) || !cursor_take_u64(&record, &memory) ||
		!cursor_take_u64(&record, &from) || !cursor_take_u64(&record, &to) ||
		!cursor_take_u64(&record, &size) || !cursor_take_u64(&record, &function.index) ||
		!set_range(&function, to, size))
		return NULL;
	parser->moves++;
	return add_function(parser, &function);
}

static struct error *take_debug_info(struct parser *parser, struct cursor record)
{
	uint64_t address;

	if (!cursor_take_u64(&record, &address) ||
		!cursor_take_u64(&record, &parser->position_count))
		return NULL;
	parser->positions_of = address;
	parser->positions = record;
	return NULL;
}

static struct error *(*const takers[])(struct parser *parser, struct cursor record) = {
	[RECORD_LOAD] = take_load,
	[RECORD_MOVE] = take_move,
	[RECORD_DEBUG_INFO] = take_debug_info,
};

static struct error *parse(struct parser *parser, struct cursor dump)
{
	uint32_t id, size;
	uint64_t time;
	const char *bytes;
	struct error *error = NULL;

	while (!error && cursor_take_u32(&dump, &id) && cursor_take_u32(&dump, &size) &&
		cursor_take_u64(&dump, &time) && size >= RECORD_HEADER &&
		cursor_take(&dump, size - RECORD_HEADER, &bytes))
		if (id < ARRAY_SIZE(takers))
			error = takers[id](parser, cursor_over(bytes, size - RECORD_HEADER));
	return error;
}

static int compare_indexes(const void *a, const void *b, void *context)
{
	const struct function *functions = context;
	uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
	uint64_t one = functions[first].index, other = functions[second].index;

	if (one != other)
		return one < other ? -1 : 1;
	return (first > second) - (first < second);
}

/* What was moved is what was loaded before with the same index. */
static struct error *name_moved(struct parser *parser)
{
	CLEANUP(order_array_deinit) struct order_array order = {0};
	struct function *functions = parser->functions.items, *last = NULL;
	struct error *error = NULL;

	if (!parser->moves || parser->functions.count > UINT32_MAX)
		return NULL;
	for (uint32_t i = 0; !error && i < parser->functions.count; i++)
		error = order_array_append(&order, i);
	if (error)
		return error;
	qsort_r(order.items, order.count, sizeof(order.items[0]), compare_indexes, functions);
	ARRAY_FOR_EACH (at, &order) {
		struct function *function = &functions[*at];

		if (function->name.at) {
			last = function;
		} else if (last && last->index == function->index) {
			function->name = last->name;
			function->positions = last->positions;
			function->position_count = last->position_count;
			function->made_at = last->made_at;
		}
	}
	return NULL;
}

struct position {
	uint64_t address;
	uint32_t line;
	struct cursor file;
};

/* A file "\xff" is that of the position before. */
static bool take_position(struct cursor *positions, struct cursor *file, struct position *ret)
{
	struct cursor name;
	uint32_t discriminator;

	if (!cursor_take_u64(positions, &ret->address) || !cursor_take_u32(positions, &ret->line) ||
		!cursor_take_u32(positions, &discriminator) || !take_name(positions, &name))
		return false;
	if (!cursor_equals(&name, "\xff"))
		*file = name;
	ret->file = *file;
	return true;
}

static bool is_text(const struct cursor *text)
{
	for (const char *at = text->at; at < text->end; at++)
		if ((unsigned char)*at < ' ')
			return false;
	return true;
}

/*
 * Where the positions are told of, and the one of the function's beginning. false: they make no
 * sense. V8 12 and older begin the names of files with whatever is in memory that they have freed.
 */
static bool check_positions(
	const struct function *function, uint64_t *ret_base, struct position *ret_first)
{
	uint64_t size = function->end - function->start, lowest = UINT64_MAX, count = 0;
	struct cursor positions = function->positions, file = {0};
	struct position position;

	for (; count < function->position_count && take_position(&positions, &file, &position);
		count++) {
		uint64_t offset = position.address - function->made_at;

		if (position.address < function->made_at || offset > size + ELF_HEADER_SIZE ||
			!is_text(&position.file))
			return false;
		if (offset >= lowest)
			continue;
		lowest = offset;
		*ret_first = position;
	}
	*ret_base = function->made_at + (lowest >= ELF_HEADER_SIZE ? ELF_HEADER_SIZE : 0);
	return count && count == function->position_count;
}

static size_t count_positions(const struct function *function)
{
	/* None is shorter. */
	return cursor_left(&function->positions) / 17 + 1;
}

static void find_line(const struct function *function, struct jit_lookup *lookup, size_t *budget)
{
	struct cursor positions = function->positions, file = {0};
	uint64_t offset = lookup->address - function->start, nearest = 0, base;
	struct position position, first = {0};
	size_t cost = 2 * count_positions(function);

	if (cost > *budget)
		return;
	*budget -= cost;
	if (!check_positions(function, &base, &first))
		return;
	lookup->file = first.file;
	lookup->line = lookup->start_line = first.line;
	while (take_position(&positions, &file, &position)) {
		uint64_t at = position.address - base;

		if (position.address < base || at > offset || at < nearest)
			continue;
		nearest = at;
		lookup->file = position.file;
		lookup->line = position.line;
	}
}

static void answer(const struct function *function, struct jit_lookup *lookups, size_t count,
	struct lookup_claims *claims, size_t *budget)
{
	size_t at = lookup_claims_open(
		claims, SORTED_COUNT(lookups, count, address, <, function->start));

	while (at < count && lookups[at].address < function->end) {
		lookups[at].name = function->name;
		find_line(function, &lookups[at], budget);
		lookup_claims_take(claims, at);
		at = lookup_claims_open(claims, at);
	}
}

struct error *jit_dump_find(struct cursor dump, struct jit_lookup *lookups, size_t count)
{
	CLEANUP(lookup_claims_deinit) struct lookup_claims claims = {0};
	struct parser parser = {0};
	size_t budget = POSITIONS_MAX;
	struct error *error;

	if (!take_header(&dump))
		return error_create(
			ERROR_MALFORMED, "it is no jitdump, or one of another byte order");
	error = lookup_claims_init(&claims, count);
	if (!error)
		error = parse(&parser, dump);
	if (!error)
		error = name_moved(&parser);
	for (size_t i = parser.functions.count; !error && claims.left && i-- > 0;)
		if (parser.functions.items[i].name.at)
			answer(&parser.functions.items[i], lookups, count, &claims, &budget);
	functions_deinit(&parser.functions);
	return error;
}
