#include "unwind/frame_entry.h"

#include <string.h>

#include "arch/registers.h"

#define LENGTH_IS_64_BIT 0xffffffffU
#define LENGTH_RESERVED  0xfffffff0U

#define EH_FRAME_COMMON_ID       0U
#define DEBUG_FRAME_COMMON_ID    UINT32_MAX
#define DEBUG_FRAME_COMMON_ID_64 UINT64_MAX

/* Low and high half of a pointer's encoding (DW_EH_PE_*). */
#define ENCODING_FORMAT   0x0f
#define ENCODING_BASE     0x70
#define ENCODING_RELATIVE 0x10
#define ENCODING_INDIRECT 0x80
#define ENCODING_ABSOLUTE 0x00

uint64_t entry_length(const void *bytes, size_t length)
{
	struct cursor cursor = cursor_over(bytes, length);
	uint64_t long_length;
	uint32_t short_length;

	if (!cursor_take_u32(&cursor, &short_length) || !short_length)
		return 0;
	if (short_length < LENGTH_RESERVED)
		return (uint64_t)short_length + 4;
	if (short_length != LENGTH_IS_64_BIT || !cursor_take_u64(&cursor, &long_length) ||
		!long_length || long_length > INT64_MAX)
		return 0;
	return long_length + ENTRY_LENGTH_SIZE;
}

static bool take_identifier(struct cursor *cursor, bool is_64_bit, uint64_t *ret)
{
	uint32_t value;

	if (is_64_bit)
		return cursor_take_u64(cursor, ret);
	if (!cursor_take_u32(cursor, &value))
		return false;
	*ret = value;
	return true;
}

/* In .eh_frame, how far before the field itself the CIE is; in .debug_frame, its offset. */
static void understand_identifier(enum frame_section_kind kind, uint64_t identifier, bool is_64_bit,
	uint64_t field, struct entry_header *ret)
{
	if (kind == SECTION_EH_FRAME) {
		ret->is_common = identifier == EH_FRAME_COMMON_ID;
		ret->common = field - identifier;
	} else {
		ret->is_common = identifier ==
				 (is_64_bit ? DEBUG_FRAME_COMMON_ID_64 : DEBUG_FRAME_COMMON_ID);
		ret->common = identifier;
	}
}

bool entry_header_parse(enum frame_section_kind kind, struct cursor bytes, uint64_t address,
	struct entry_header *ret)
{
	const char *start = bytes.at;
	uint64_t length = entry_length(bytes.at, cursor_left(&bytes)), identifier;
	uint32_t first;

	if (!length || length > cursor_left(&bytes) || !cursor_take_u32(&bytes, &first))
		return false;
	bytes.end = start + length;
	bool is_64_bit = first == LENGTH_IS_64_BIT;
	bytes.at = start + (is_64_bit ? ENTRY_LENGTH_SIZE : 4);
	uint64_t field = address + (uint64_t)(bytes.at - start);
	/* In .eh_frame the identifier has 4 bytes, whatever the length has. */
	bool long_identifier = is_64_bit && kind == SECTION_DEBUG_FRAME;
	if (!take_identifier(&bytes, long_identifier, &identifier))
		return false;
	understand_identifier(kind, identifier, long_identifier, field, ret);
	ret->contents = bytes;
	ret->address = address + (uint64_t)(bytes.at - start);
	return true;
}

static bool take_signed(struct cursor *cursor, size_t size, uint64_t *ret)
{
	uint16_t two;
	uint32_t four;

	if (size == 2 && cursor_take_u16(cursor, &two))
		*ret = (uint64_t)(int16_t)two;
	else if (size == 4 && cursor_take_u32(cursor, &four))
		*ret = (uint64_t)(int32_t)four;
	else
		return size == 8 && cursor_take_u64(cursor, ret);
	return true;
}

static bool take_unsigned(struct cursor *cursor, size_t size, uint64_t *ret)
{
	uint64_t value;

	if (!take_signed(cursor, size, &value))
		return false;
	*ret = size == 8 ? value : value & ((1ULL << size * 8) - 1);
	return true;
}

static bool take_format(struct cursor *cursor, uint8_t format, uint64_t *ret)
{
	int64_t value;

	switch (format) {
	case 0x00:
	case 0x04:
		return take_unsigned(cursor, 8, ret);
	case 0x01:
		return cursor_take_uleb128(cursor, ret);
	case 0x02:
		return take_unsigned(cursor, 2, ret);
	case 0x03:
		return take_unsigned(cursor, 4, ret);
	case 0x09:
		if (!cursor_take_sleb128(cursor, &value))
			return false;
		*ret = (uint64_t)value;
		return true;
	case 0x0a:
		return take_signed(cursor, 2, ret);
	case 0x0b:
		return take_signed(cursor, 4, ret);
	case 0x0c:
		return take_signed(cursor, 8, ret);
	default:
		return false;
	}
}

bool take_pointer(struct cursor *cursor, uint64_t address, uint8_t encoding, uint64_t *ret)
{
	uint8_t base = encoding & ENCODING_BASE;
	uint64_t value;

	if (encoding & ENCODING_INDIRECT ||
		(base != ENCODING_ABSOLUTE && base != ENCODING_RELATIVE))
		return false;
	if (!take_format(cursor, encoding & ENCODING_FORMAT, &value))
		return false;
	*ret = base == ENCODING_RELATIVE ? value + address : value;
	return true;
}

/* A pointer to the personality routine or to its data, of any base: it is not followed. */
static bool skip_pointer(struct cursor *cursor, uint8_t encoding)
{
	uint64_t value;

	return (encoding & ENCODING_BASE) != 0x50 &&
	       take_format(cursor, encoding & ENCODING_FORMAT, &value);
}

static bool take_letter(struct cursor *data, char letter, struct common_entry *ret)
{
	uint8_t encoding;

	switch (letter) {
	case 'L':
		return cursor_take_u8(data, &encoding);
	case 'P':
		return cursor_take_u8(data, &encoding) && skip_pointer(data, encoding);
	case 'R':
		return cursor_take_u8(data, &ret->pointer_encoding);
	case 'S':
		ret->is_signal_frame = true;
		return true;
	default:
		return letter == 'B'; /* for aarch64's signed addresses, no data */
	}
}

/* Text up to a NUL, which is skipped. */
static bool take_text(struct cursor *cursor, struct cursor *ret)
{
	const char *end = memchr(cursor->at, '\0', cursor_left(cursor));

	if (!end)
		return false;
	*ret = (struct cursor){cursor->at, end};
	cursor->at = end + 1;
	return true;
}

static bool take_augmentation(
	struct cursor *cursor, struct cursor letters, struct common_entry *ret)
{
	struct cursor data;
	uint64_t length;

	if (letters.at == letters.end)
		return true;
	/* Without the 'z' nobody can tell what follows. */
	if (*letters.at != 'z' || !cursor_take_uleb128(cursor, &length) ||
		!cursor_take(cursor, length, &data.at))
		return false;
	data.end = cursor->at;
	ret->has_augmentation_data = true;
	while (++letters.at < letters.end)
		if (!take_letter(&data, *letters.at, ret))
			return false;
	return true;
}

static bool take_return_column(struct cursor *cursor, uint8_t version)
{
	uint64_t column;
	uint8_t byte;

	if (version != 1)
		return cursor_take_uleb128(cursor, &column) && column == REGISTER_PC;
	return cursor_take_u8(cursor, &byte) && byte == REGISTER_PC;
}

/* Of version 4: the size of addresses, and that of segment selectors, of which there are none. */
static bool take_sizes(struct cursor *cursor)
{
	uint8_t address_size, selector_size;

	return cursor_take_u8(cursor, &address_size) && address_size == 8 &&
	       cursor_take_u8(cursor, &selector_size) && selector_size == 0;
}

bool common_entry_parse(
	enum frame_section_kind kind, const struct entry_header *header, struct common_entry *ret)
{
	struct cursor cursor = header->contents, letters;
	uint8_t version;

	*ret = (struct common_entry){0};
	if (!header->is_common || !cursor_take_u8(&cursor, &version) ||
		!take_text(&cursor, &letters))
		return false;
	if (version != 1 && version != 3 && (version != 4 || kind != SECTION_DEBUG_FRAME))
		return false;
	if (version == 4 && !take_sizes(&cursor))
		return false;
	if (!cursor_take_uleb128(&cursor, &ret->code_alignment) ||
		!cursor_take_sleb128(&cursor, &ret->data_alignment) ||
		!take_return_column(&cursor, version) || !take_augmentation(&cursor, letters, ret))
		return false;
	ret->instructions = cursor;
	ret->address = header->address + (uint64_t)(cursor.at - header->contents.at);
	return true;
}

bool function_entry_parse(const struct common_entry *common, const struct entry_header *header,
	struct function_entry *ret)
{
	struct cursor cursor = header->contents;
	uint64_t length;
	const char *data;

	if (header->is_common ||
		!take_pointer(&cursor, header->address, common->pointer_encoding, &ret->start) ||
		!take_pointer(&cursor, 0, common->pointer_encoding & ENCODING_FORMAT, &length) ||
		__builtin_add_overflow(ret->start, length, &ret->end))
		return false;
	if (common->has_augmentation_data &&
		(!cursor_take_uleb128(&cursor, &length) || !cursor_take(&cursor, length, &data)))
		return false;
	ret->instructions = cursor;
	ret->address = header->address + (uint64_t)(cursor.at - header->contents.at);
	return true;
}
