#include "base/cursor.h"

#include <string.h>

bool cursor_take(struct cursor *cursor, size_t length, const char **ret)
{
	if (length > cursor_left(cursor))
		return false;
	*ret = cursor->at;
	cursor->at += length;
	return true;
}

static bool take_little_endian(struct cursor *cursor, size_t length, uint64_t *ret)
{
	const char *bytes;

	if (!cursor_take(cursor, length, &bytes))
		return false;
	*ret = 0;
	for (size_t i = length; i-- > 0;)
		*ret = *ret << 8 | (uint8_t)bytes[i];
	return true;
}

bool cursor_take_u8(struct cursor *cursor, uint8_t *ret)
{
	const char *byte;

	if (!cursor_take(cursor, 1, &byte))
		return false;
	*ret = (uint8_t)*byte;
	return true;
}

bool cursor_take_u16(struct cursor *cursor, uint16_t *ret)
{
	uint64_t value;

	if (!take_little_endian(cursor, 2, &value))
		return false;
	*ret = (uint16_t)value;
	return true;
}

bool cursor_take_u32(struct cursor *cursor, uint32_t *ret)
{
	uint64_t value;

	if (!take_little_endian(cursor, 4, &value))
		return false;
	*ret = (uint32_t)value;
	return true;
}

bool cursor_take_u64(struct cursor *cursor, uint64_t *ret)
{
	return take_little_endian(cursor, 8, ret);
}

/* *ret_shift: how many bits the bytes have; the number is cut off at 64. */
static bool take_leb128(
	struct cursor *cursor, uint64_t *ret, unsigned int *ret_shift, uint8_t *ret_last)
{
	struct cursor rest = *cursor;
	unsigned int shift = 0;
	uint64_t value = 0;
	uint8_t byte;

	do {
		if (shift >= 70 || !cursor_take_u8(&rest, &byte))
			return false;
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	*cursor = rest;
	*ret = value;
	*ret_shift = shift;
	*ret_last = byte;
	return true;
}

bool cursor_take_uleb128(struct cursor *cursor, uint64_t *ret)
{
	struct cursor rest = *cursor;
	unsigned int shift;
	uint8_t last;

	if (!take_leb128(&rest, ret, &shift, &last) || (shift > 64 && last > 1))
		return false;
	*cursor = rest;
	return true;
}

bool cursor_take_sleb128(struct cursor *cursor, int64_t *ret)
{
	struct cursor rest = *cursor;
	unsigned int shift;
	uint64_t value;
	uint8_t last;

	if (!take_leb128(&rest, &value, &shift, &last) || (shift > 64 && last != 0 && last != 0x7f))
		return false;
	if (shift < 64 && last & 0x40)
		value |= UINT64_MAX << shift;
	*cursor = rest;
	*ret = (int64_t)value;
	return true;
}

bool cursor_take_line(struct cursor *cursor, struct cursor *ret)
{
	if (cursor->at == cursor->end)
		return false;
	const char *newline = memchr(cursor->at, '\n', cursor_left(cursor));
	*ret = (struct cursor){cursor->at, newline ? newline : cursor->end};
	cursor->at = newline ? newline + 1 : cursor->end;
	return true;
}

bool cursor_skip_text(struct cursor *cursor, const char *text)
{
	size_t length = strlen(text);

	if (length > cursor_left(cursor) || (length && memcmp(cursor->at, text, length) != 0))
		return false;
	cursor->at += length;
	return true;
}

void cursor_skip_spaces(struct cursor *cursor)
{
	while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\t'))
		cursor->at++;
}

/* A digit's value + 1; 0: no digit. Comparing instead mispredicts every other digit. */
static const uint8_t digits[UINT8_MAX + 1] = {
	['0'] = 1,
	['1'] = 2,
	['2'] = 3,
	['3'] = 4,
	['4'] = 5,
	['5'] = 6,
	['6'] = 7,
	['7'] = 8,
	['8'] = 9,
	['9'] = 10,
	['a'] = 11,
	['b'] = 12,
	['c'] = 13,
	['d'] = 14,
	['e'] = 15,
	['f'] = 16,
	['A'] = 11,
	['B'] = 12,
	['C'] = 13,
	['D'] = 14,
	['E'] = 15,
	['F'] = 16,
};

static inline bool take_number(struct cursor *cursor, unsigned int base, uint64_t *ret)
{
	const char *at = cursor->at;
	uint64_t value = 0;

	for (; at < cursor->end; at++) {
		/* What is no digit becomes the largest number. */
		unsigned int digit = (unsigned int)digits[(uint8_t)*at] - 1;

		if (digit >= base)
			break;
		if (__builtin_mul_overflow(value, base, &value) ||
			__builtin_add_overflow(value, digit, &value))
			return false;
	}
	if (at == cursor->at)
		return false;
	cursor->at = at;
	*ret = value;
	return true;
}

bool cursor_take_decimal(struct cursor *cursor, uint64_t *ret)
{
	return take_number(cursor, 10, ret);
}

bool cursor_take_hexadecimal(struct cursor *cursor, uint64_t *ret)
{
	struct cursor number = *cursor;

	if (cursor_left(&number) >= 2 && number.at[0] == '0' && number.at[1] == 'x')
		number.at += 2;
	if (!take_number(&number, 16, ret))
		return false;
	*cursor = number;
	return true;
}

bool cursor_equals(const struct cursor *cursor, const char *text)
{
	struct cursor rest = *cursor;

	return cursor_skip_text(&rest, text) && rest.at == rest.end;
}

bool cursor_contains(const struct cursor *cursor, const char *text)
{
	return memmem(cursor->at, cursor_left(cursor), text, strlen(text)) != NULL;
}
