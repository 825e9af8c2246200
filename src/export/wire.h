#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"

/*
 * The fields of a protobuf message, one after the other, without their meaning:
 * https://protobuf.dev/programming-guides/encoding.
 */

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2,
	WIRE_FIXED32 = 5,
};

struct wire_field {
	uint32_t number;
	enum wire_type type;
	struct cursor whole;   /* with its key */
	struct cursor content; /* of WIRE_BYTES */
};

enum wire_outcome {
	WIRE_FIELD,
	WIRE_END,
	WIRE_TRUNCATED, /* a field goes on behind the end of the bytes */
	WIRE_INVALID,
};

/*
 * Takes the next field. The cursor stays where it was unless the outcome is WIRE_FIELD. With
 * WIRE_TRUNCATED the number and type are there if the key is, else the number is 0.
 */
enum wire_outcome wire_take_field(struct cursor *cursor, struct wire_field *ret);
