#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/cursor.h"

/*
 * As the functions of base/cursor.h, but to be compiled into the loops over millions of entries:
 * a call for each field would be most of the time.
 */

/* size: 1 to 8 bytes, little endian. */
static inline bool take_number(struct cursor *cursor, size_t size, uint64_t *ret)
{
	uint64_t value = 0;

	if (size > cursor_left(cursor))
		return false;
	if (cursor_left(cursor) >= sizeof(value)) {
		memcpy(&value, cursor->at, sizeof(value));
		value &= UINT64_MAX >> (64 - 8 * size);
	} else {
		memcpy(&value, cursor->at, size);
	}
	cursor->at += size;
	*ret = value;
	return true;
}

static inline bool take_byte(struct cursor *cursor, uint8_t *ret)
{
	if (cursor->at >= cursor->end)
		return false;
	*ret = (uint8_t)*cursor->at++;
	return true;
}

/* What needs more than 64 bits is refused; the cursor stays where it was. */
static inline bool take_uleb(struct cursor *cursor, uint64_t *ret)
{
	if (cursor->at < cursor->end && !(*cursor->at & 0x80)) {
		*ret = (uint8_t)*cursor->at++;
		return true;
	}
	return cursor_take_uleb128(cursor, ret);
}

static inline bool take_skip(struct cursor *cursor, uint64_t length)
{
	if (length > cursor_left(cursor))
		return false;
	cursor->at += length;
	return true;
}

static inline bool take_skip_leb(struct cursor *cursor)
{
	while (cursor->at < cursor->end)
		if (!(*cursor->at++ & 0x80))
			return true;
	return false;
}

/* The text up to its NUL, which lies within. */
static inline bool take_text(struct cursor *cursor, const char **ret)
{
	const char *end = memchr(cursor->at, '\0', cursor_left(cursor));

	if (!end)
		return false;
	*ret = cursor->at;
	cursor->at = end + 1;
	return true;
}
