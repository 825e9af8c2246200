#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Walks over bytes from outside without ever leaving them. A failed take leaves the cursor where
 * it was. The bytes are borrowed.
 */
struct cursor {
	const char *at;
	const char *end;
};

static inline struct cursor cursor_over(const void *bytes, size_t length)
{
	const char *at = bytes;

	return (struct cursor){at, length ? at + length : at};
}

static inline size_t cursor_left(const struct cursor *cursor)
{
	return (size_t)(cursor->end - cursor->at);
}

/* Takes the next length bytes: they stay readable at *ret. */
bool cursor_take(struct cursor *cursor, size_t length, const char **ret);
bool cursor_take_u8(struct cursor *cursor, uint8_t *ret);
bool cursor_take_u16(struct cursor *cursor, uint16_t *ret); /* little endian */
bool cursor_take_u32(struct cursor *cursor, uint32_t *ret); /* little endian */
bool cursor_take_u64(struct cursor *cursor, uint64_t *ret); /* little endian */

/* LEB128 (DWARF 4, 7.6). False if the number needs more than 64 bits, too. */
bool cursor_take_uleb128(struct cursor *cursor, uint64_t *ret);
bool cursor_take_sleb128(struct cursor *cursor, int64_t *ret);

/* Takes the text up to the next newline, or the rest; the newline is skipped. False at the end. */
bool cursor_take_line(struct cursor *cursor, struct cursor *ret);

/* Skips the text if the bytes start with it. */
bool cursor_skip_text(struct cursor *cursor, const char *text);
void cursor_skip_spaces(struct cursor *cursor); /* blanks and tabs */

/* Takes digits; false if there are none or the number does not fit. Hexadecimal: "0x" optional. */
bool cursor_take_decimal(struct cursor *cursor, uint64_t *ret);
bool cursor_take_hexadecimal(struct cursor *cursor, uint64_t *ret);

bool cursor_equals(const struct cursor *cursor, const char *text);
bool cursor_contains(const struct cursor *cursor, const char *text);
