#include "elf/go_functions.h"

#include <string.h>

#include "base/cleanup.h"

/* Bits of a function's flags (abi.FuncFlag). Up to Go 1.16 the byte is padding. */
#define FLAG_TOP_FRAME            1
#define FLAG_WRITES_STACK_POINTER 2

/* A format of the table. Offsets are those of a function's record (struct _func). */
struct format {
	uint32_t magic;
	bool has_offsets; /* the header says where the parts are; otherwise they follow each other
			   */
	bool relative;    /* an entry has 32-bit offsets instead of addresses */
	uint8_t name, stack_deltas, flags;
};

static const struct format formats[] = {
	{.magic = 0xfffffffb, .name = 8, .stack_deltas = 20, .flags = 37}, /* Go 1.2 */
	{.magic = 0xfffffffa, .has_offsets = true, .name = 8, .stack_deltas = 20, .flags = 41},
	{.magic = 0xfffffff0, /* Go 1.18 */
		.has_offsets = true,
		.relative = true,
		.name = 4,
		.stack_deltas = 16,
		.flags = 37},
	{.magic = 0xfffffff1, /* Go 1.20 */
		.has_offsets = true,
		.relative = true,
		.name = 4,
		.stack_deltas = 16,
		.flags = 41},
};

struct go_functions {
	struct u8_array bytes;
	const struct format *format;
	struct go_header header;
};

static const struct format *find_format(uint32_t magic)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (formats[i].magic == magic)
			return &formats[i];
	return NULL;
}

/* How many functions and files there are, the text, and where the parts are. */
static bool take_offsets(struct cursor *cursor, const struct format *format, struct go_header *ret)
{
	uint64_t files, units, file_names;

	return cursor_take_u64(cursor, &ret->count) && cursor_take_u64(cursor, &files) &&
	       (!format->relative || cursor_take_u64(cursor, &ret->text)) &&
	       cursor_take_u64(cursor, &ret->names) && cursor_take_u64(cursor, &units) &&
	       cursor_take_u64(cursor, &file_names) && cursor_take_u64(cursor, &ret->pc_values) &&
	       cursor_take_u64(cursor, &ret->entries) && ret->names <= units &&
	       units <= file_names && file_names <= ret->pc_values &&
	       ret->pc_values <= ret->entries;
}

bool go_header_parse(const void *bytes, size_t length, struct go_header *ret)
{
	struct cursor cursor = cursor_over(bytes, length);
	struct go_header header = {0};
	const struct format *format;
	uint16_t padding;
	uint8_t quantum, pointer_size;

	if (!cursor_take_u32(&cursor, &header.magic) || !cursor_take_u16(&cursor, &padding) ||
		!cursor_take_u8(&cursor, &quantum) || !cursor_take_u8(&cursor, &pointer_size))
		return false;
	format = find_format(header.magic);
	if (!format || padding || pointer_size != sizeof(uint64_t) ||
		(quantum != 1 && quantum != 2 && quantum != 4))
		return false;
	header.quantum = quantum;
	header.relative = format->relative;
	/* In the oldest format every offset is one from the start of the table. */
	header.entries = 16;
	if (format->has_offsets ? !take_offsets(&cursor, format, &header)
				: !cursor_take_u64(&cursor, &header.count))
		return false;
	if (!header.count || header.count > UINT32_MAX)
		return false;
	*ret = header;
	return true;
}

static size_t word_size(const struct go_functions *functions)
{
	return functions->format->relative ? sizeof(uint32_t) : sizeof(uint64_t);
}

/* A word of the table; 0 beyond its end. */
static uint64_t word_at(const struct go_functions *functions, uint64_t offset, size_t size)
{
	const struct u8_array *bytes = &functions->bytes;
	uint64_t word = 0;

	if (offset <= bytes->count && size <= bytes->count - offset)
		memcpy(&word, bytes->items + offset, size);
	return word;
}

/* An entry is a function's address and the place of its record; the last one an address alone. */
static uint64_t entry_word(const struct go_functions *functions, uint64_t number)
{
	size_t size = word_size(functions);

	return word_at(functions, functions->header.entries + number * size, size);
}

static uint64_t start_of(const struct go_functions *functions, uint64_t index)
{
	uint64_t word = entry_word(functions, 2 * index);

	return functions->format->relative ? functions->header.text + word : word;
}

static bool holds_entries(const struct go_functions *functions)
{
	uint64_t size = (2 * functions->header.count + 1) * word_size(functions);
	uint64_t length = functions->bytes.count, start = functions->header.entries;

	return (functions->header.text || !functions->header.relative) && start <= length &&
	       size <= length - start &&
	       start_of(functions, 0) < start_of(functions, functions->header.count);
}

struct error *go_functions_create(struct u8_array *bytes, uint64_t text, struct go_functions **ret)
{
	struct go_functions *functions = calloc(1, sizeof(*functions));

	if (!functions) {
		u8_array_deinit(bytes);
		return &error_no_memory;
	}
	functions->bytes = *bytes;
	*bytes = (struct u8_array){0};
	if (go_header_parse(functions->bytes.items, functions->bytes.count, &functions->header)) {
		functions->format = find_format(functions->header.magic);
		if (!functions->header.text)
			functions->header.text = text;
		if (holds_entries(functions)) {
			*ret = functions;
			return NULL;
		}
	}
	go_functions_destroy(functions);
	return error_create(ERROR_MALFORMED, "Go's table of functions is broken");
}

void go_functions_destroy(struct go_functions *functions)
{
	if (!functions)
		return;
	u8_array_deinit(&functions->bytes);
	free(functions);
}

static const char *name_at(const struct go_functions *functions, uint64_t offset)
{
	const struct u8_array *bytes = &functions->bytes;

	offset += functions->header.names;
	if (offset >= bytes->count || !memchr(bytes->items + offset, '\0', bytes->count - offset))
		return "";
	return (const char *)bytes->items + offset;
}

static void read_record(
	const struct go_functions *functions, uint64_t index, struct go_function *ret)
{
	const struct format *format = functions->format;
	uint64_t record = entry_word(functions, 2 * index + 1);
	uint8_t flags;

	/* The oldest format counts from the start of the table, the others from the entries. */
	if (format->has_offsets)
		record += functions->header.entries;
	ret->name = name_at(functions, word_at(functions, record + format->name, sizeof(uint32_t)));
	ret->stack_deltas =
		(uint32_t)word_at(functions, record + format->stack_deltas, sizeof(uint32_t));
	flags = (uint8_t)word_at(functions, record + format->flags, sizeof(uint8_t));
	ret->top_frame = flags & FLAG_TOP_FRAME;
	ret->writes_stack_pointer = flags & FLAG_WRITES_STACK_POINTER;
}

bool go_functions_find(
	const struct go_functions *functions, uint64_t address, struct go_function *ret)
{
	uint64_t low = 0, high = functions->header.count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (start_of(functions, middle) <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || start_of(functions, low - 1) > address || start_of(functions, low) <= address)
		return false;
	*ret = (struct go_function){
		.start = start_of(functions, low - 1), .end = start_of(functions, low)};
	read_record(functions, low - 1, ret);
	return true;
}

/* From one value to the next; *pc is where it ceases to hold. false: there is none. */
static bool take_step(const struct go_functions *functions, struct cursor *cursor, bool first,
	uint64_t *pc, int32_t *value)
{
	uint64_t change, length;

	if (!cursor_take_uleb128(cursor, &change) || (!change && !first) ||
		!cursor_take_uleb128(cursor, &length))
		return false;
	uint32_t folded = (uint32_t)change;
	*value = (int32_t)((uint32_t)*value + (folded & 1 ? ~(folded >> 1) : folded >> 1));
	*pc += (uint32_t)length * (uint64_t)functions->header.quantum;
	return true;
}

/* The steps of a function; none if the table does not have them. */
static struct cursor steps_of(
	const struct go_functions *functions, const struct go_function *function)
{
	const struct u8_array *bytes = &functions->bytes;
	uint64_t place = functions->header.pc_values + function->stack_deltas;

	if (!function->stack_deltas || place >= bytes->count)
		return (struct cursor){0};
	return cursor_over(bytes->items + place, bytes->count - place);
}

bool go_function_stack_delta(const struct go_functions *functions,
	const struct go_function *function, uint64_t address, int32_t *ret)
{
	struct cursor cursor = steps_of(functions, function);
	uint64_t pc = function->start;
	int32_t value = -1;

	if (address < pc)
		return false;
	for (bool first = true; take_step(functions, &cursor, first, &pc, &value); first = false) {
		if (address >= pc)
			continue;
		*ret = value;
		return value >= 0;
	}
	return false;
}

bool go_function_first_push(const struct go_functions *functions,
	const struct go_function *function, uint64_t *ret_address, int32_t *ret_delta)
{
	struct cursor cursor = steps_of(functions, function);
	uint64_t pc = function->start, start = pc;
	int32_t value = -1;

	for (bool first = true; take_step(functions, &cursor, first, &pc, &value); first = false) {
		if (value > 0) {
			*ret_address = start;
			*ret_delta = value;
			return true;
		}
		start = pc;
	}
	return false;
}
