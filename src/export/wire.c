#include "export/wire.h"

#define VARINT_BYTES 10

static enum wire_outcome take_varint(struct cursor *cursor, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < VARINT_BYTES; i++) {
		const char *byte;

		if (!cursor_take(cursor, 1, &byte))
			return WIRE_TRUNCATED;
		value |= (uint64_t)(*byte & 0x7f) << 7 * i;
		if (!(*byte & 0x80)) {
			*ret = value;
			return WIRE_FIELD;
		}
	}
	return WIRE_INVALID;
}

static enum wire_outcome take_content(struct cursor *cursor, struct wire_field *field)
{
	uint64_t value = 0;
	enum wire_outcome outcome = WIRE_FIELD;
	const char *at;

	switch (field->type) {
	case WIRE_VARINT:
		return take_varint(cursor, &value);
	case WIRE_FIXED64:
		value = 8;
		break;
	case WIRE_FIXED32:
		value = 4;
		break;
	case WIRE_BYTES:
		outcome = take_varint(cursor, &value);
		break;
	default:
		return WIRE_INVALID;
	}
	if (outcome != WIRE_FIELD)
		return outcome;
	if (!cursor_take(cursor, value, &at))
		return WIRE_TRUNCATED;
	field->content = (struct cursor){at, cursor->at};
	return WIRE_FIELD;
}

enum wire_outcome wire_take_field(struct cursor *cursor, struct wire_field *ret)
{
	struct cursor rest = *cursor;
	struct wire_field field = {0};
	uint64_t key;

	*ret = field;
	if (!cursor_left(&rest))
		return WIRE_END;
	enum wire_outcome outcome = take_varint(&rest, &key);
	if (outcome != WIRE_FIELD)
		return outcome;
	if (key < 8 || key > UINT32_MAX)
		return WIRE_INVALID;
	field.number = (uint32_t)(key >> 3);
	field.type = key & 7;
	outcome = take_content(&rest, &field);
	if (outcome == WIRE_FIELD) {
		field.whole = (struct cursor){cursor->at, rest.at};
		*cursor = rest;
	}
	*ret = field;
	return outcome;
}
