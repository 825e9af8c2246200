#include "rows.h"

#include "arch/registers.h"

/*
 * What follows each instruction that has no operand in itself: u is a number, b a block, a digit
 * that many bytes to advance by, p a pointer.
 */
static const char *const operands[0x40] = {
	[0x00] = "",  /* nop */
	[0x01] = "p", /* set_loc */
	[0x02] = "1", /* advance_loc1, ... */
	[0x03] = "2",
	[0x04] = "4",
	[0x05] = "uu", /* offset_extended */
	[0x06] = "u",  /* restore_extended */
	[0x07] = "u",  /* undefined */
	[0x08] = "u",  /* same_value */
	[0x09] = "uu", /* register */
	[0x0a] = "",   /* remember_state */
	[0x0b] = "",   /* restore_state */
	[0x0c] = "uu", /* def_cfa */
	[0x0d] = "u",  /* def_cfa_register */
	[0x0e] = "u",  /* def_cfa_offset */
	[0x0f] = "b",  /* def_cfa_expression */
	[0x10] = "ub", /* expression */
	[0x11] = "uu", /* offset_extended_sf; what a number's sign is does not matter here */
	[0x12] = "uu", /* def_cfa_sf */
	[0x13] = "u",  /* def_cfa_offset_sf */
	[0x14] = "uu", /* val_offset */
	[0x15] = "uu", /* val_offset_sf */
	[0x16] = "ub", /* val_expression */
	[0x2e] = "u",  /* GNU_args_size */
	[0x2f] = "uu", /* GNU_negative_offset_extended */
};

struct walk {
	const struct common_entry *common;
	const struct function_entry *function;
	struct cursor cursor;
	uint64_t location;
	bool vector;
};

static bool take_number(struct cursor *cursor)
{
	uint8_t byte;

	do {
		if (!cursor_take_u8(cursor, &byte))
			return false;
	} while (byte & 0x80);
	return true;
}

static bool take_block(struct cursor *cursor)
{
	uint64_t length;
	const char *block;

	return cursor_take_uleb128(cursor, &length) && cursor_take(cursor, length, &block);
}

static bool advance(struct walk *walk, size_t size)
{
	uint64_t delta = 0;
	uint8_t byte;

	for (size_t i = 0; i < size; i++) {
		if (!cursor_take_u8(&walk->cursor, &byte))
			return false;
		delta |= (uint64_t)byte << 8 * i;
	}
	walk->location += delta * walk->common->code_alignment;
	return true;
}

static bool take_operand(struct walk *walk, char kind)
{
	struct cursor *cursor = &walk->cursor;

	switch (kind) {
	case 'u':
		return take_number(cursor);
	case 'b':
		return take_block(cursor);
	case 'p':
		return take_pointer(cursor,
			walk->function->address +
				(uint64_t)(cursor->at - walk->function->instructions.at),
			walk->common->pointer_encoding, &walk->location);
	default:
		return advance(walk, (size_t)(kind - '0'));
	}
}

static bool take_instruction(struct walk *walk)
{
	uint8_t code;

	if (!cursor_take_u8(&walk->cursor, &code))
		return false;
	switch (code & 0xc0) {
	case 0x40: /* advance_loc */
		walk->location += (code & 0x3f) * walk->common->code_alignment;
		return true;
	case 0x80: /* offset */
		walk->vector |= (code & 0x3f) >= REGISTER_COUNT;
		return take_number(&walk->cursor);
	case 0xc0: /* restore */
		return true;
	}
	const char *kinds = operands[code];
	if (!kinds)
		return false;
	while (*kinds && take_operand(walk, *kinds))
		kinds++;
	return !*kinds;
}

struct error *list_rows(const struct common_entry *common, const struct function_entry *function,
	struct u64_array *ret, bool *ret_vector)
{
	struct walk walk = {common, function, function->instructions, function->start, false};
	uint64_t last = function->start;
	struct error *error = u64_array_append(ret, last);

	while (!error && take_instruction(&walk)) {
		if (walk.location != last && walk.location < function->end)
			error = u64_array_append(ret, walk.location);
		last = walk.location;
	}
	*ret_vector = walk.vector;
	return error;
}
