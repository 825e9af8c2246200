#include "unwind/frame_expression.h"

#define DEPTH_MAX 64
#define STEPS_MAX 1000

enum operation {
	ADDRESS = 0x03,
	DEREFERENCE = 0x06,
	CONSTANT_1U = 0x08,
	CONSTANT_1S = 0x09,
	CONSTANT_2U = 0x0a,
	CONSTANT_2S = 0x0b,
	CONSTANT_4U = 0x0c,
	CONSTANT_4S = 0x0d,
	CONSTANT_8U = 0x0e,
	CONSTANT_8S = 0x0f,
	CONSTANT_U = 0x10,
	CONSTANT_S = 0x11,
	DUPLICATE = 0x12,
	DROP = 0x13,
	OVER = 0x14,
	PICK = 0x15,
	SWAP = 0x16,
	ROTATE = 0x17,
	ABSOLUTE = 0x19,
	AND = 0x1a,
	DIVIDE = 0x1b,
	MINUS = 0x1c,
	MODULO = 0x1d,
	MULTIPLY = 0x1e,
	NEGATE = 0x1f,
	NOT = 0x20,
	OR = 0x21,
	PLUS = 0x22,
	PLUS_CONSTANT = 0x23,
	SHIFT_LEFT = 0x24,
	SHIFT_RIGHT = 0x25,
	SHIFT_RIGHT_SIGNED = 0x26,
	XOR = 0x27,
	BRANCH = 0x28,
	EQUAL = 0x29,
	GREATER_OR_EQUAL = 0x2a,
	GREATER = 0x2b,
	LESS_OR_EQUAL = 0x2c,
	LESS = 0x2d,
	NOT_EQUAL = 0x2e,
	SKIP = 0x2f,
	LITERAL_0 = 0x30,
	LITERAL_31 = 0x4f,
	REGISTER_0 = 0x70, /* DW_OP_breg0: its value and an offset */
	REGISTER_31 = 0x8f,
	REGISTER_ANY = 0x92,
	DEREFERENCE_SIZE = 0x94,
	NO_OPERATION = 0x96,
};

struct machine {
	const struct expression_input *input;
	struct cursor whole, cursor;
	uint64_t stack[DEPTH_MAX];
	size_t depth;
};

static bool push(struct machine *machine, uint64_t value)
{
	if (machine->depth == DEPTH_MAX)
		return false;
	machine->stack[machine->depth++] = value;
	return true;
}

/* From the top, 0, down. NULL: there are not that many. */
static uint64_t *top(struct machine *machine, size_t below)
{
	return below < machine->depth ? &machine->stack[machine->depth - 1 - below] : NULL;
}

static bool push_constant(struct machine *machine, uint8_t code)
{
	struct cursor *cursor = &machine->cursor;
	int64_t with_sign;
	uint64_t eight;
	uint32_t four;
	uint16_t two;
	uint8_t one;

	switch (code) {
	case CONSTANT_1U:
		return cursor_take_u8(cursor, &one) && push(machine, one);
	case CONSTANT_1S:
		return cursor_take_u8(cursor, &one) && push(machine, (uint64_t)(int8_t)one);
	case CONSTANT_2U:
		return cursor_take_u16(cursor, &two) && push(machine, two);
	case CONSTANT_2S:
		return cursor_take_u16(cursor, &two) && push(machine, (uint64_t)(int16_t)two);
	case CONSTANT_4U:
		return cursor_take_u32(cursor, &four) && push(machine, four);
	case CONSTANT_4S:
		return cursor_take_u32(cursor, &four) && push(machine, (uint64_t)(int32_t)four);
	case CONSTANT_U:
		return cursor_take_uleb128(cursor, &eight) && push(machine, eight);
	case CONSTANT_S:
		return cursor_take_sleb128(cursor, &with_sign) &&
		       push(machine, (uint64_t)with_sign);
	default: /* addresses, too */
		return cursor_take_u64(cursor, &eight) && push(machine, eight);
	}
}

static bool push_register(struct machine *machine, uint64_t number)
{
	int64_t offset;

	return number < REGISTER_COUNT && !(machine->input->unknown & 1U << number) &&
	       cursor_take_sleb128(&machine->cursor, &offset) &&
	       push(machine, machine->input->registers->values[number] + (uint64_t)offset);
}

static bool copy(struct machine *machine, size_t below)
{
	const uint64_t *value = top(machine, below);

	return value && push(machine, *value);
}

static bool rearrange(struct machine *machine, uint8_t code)
{
	uint64_t *first = top(machine, 0), *second = top(machine, 1), *third = top(machine, 2);
	uint8_t below;

	switch (code) {
	case DUPLICATE:
		return copy(machine, 0);
	case OVER:
		return copy(machine, 1);
	case PICK:
		return cursor_take_u8(&machine->cursor, &below) && copy(machine, below);
	case DROP:
		machine->depth -= first != NULL;
		return first != NULL;
	}
	if (!second || (code == ROTATE && !third))
		return false;
	uint64_t value = *first;
	*first = *second;
	*second = code == ROTATE ? *third : value;
	if (code == ROTATE)
		*third = value;
	return true;
}

static uint64_t shift(uint8_t code, uint64_t value, uint64_t by)
{
	if (code == SHIFT_RIGHT_SIGNED)
		return (uint64_t)((int64_t)value >> (by < 64 ? by : 63));
	if (by >= 64)
		return 0;
	return code == SHIFT_LEFT ? value << by : value >> by;
}

static bool compare(uint8_t code, int64_t left, int64_t right)
{
	switch (code) {
	case EQUAL:
		return left == right;
	case GREATER_OR_EQUAL:
		return left >= right;
	case GREATER:
		return left > right;
	case LESS_OR_EQUAL:
		return left <= right;
	case LESS:
		return left < right;
	default:
		return left != right;
	}
}

/* By zero, and the one quotient that does not fit: both would trap. */
static bool divide(uint8_t code, uint64_t left, uint64_t right, uint64_t *ret)
{
	if (!right || (code == DIVIDE && left == 1ULL << 63 && right == UINT64_MAX))
		return false;
	*ret = code == MODULO ? left % right : (uint64_t)((int64_t)left / (int64_t)right);
	return true;
}

static bool calculate(uint8_t code, uint64_t left, uint64_t right, uint64_t *ret)
{
	switch (code) {
	case AND:
		*ret = left & right;
		return true;
	case OR:
		*ret = left | right;
		return true;
	case XOR:
		*ret = left ^ right;
		return true;
	case PLUS:
		*ret = left + right;
		return true;
	case MINUS:
		*ret = left - right;
		return true;
	case MULTIPLY:
		*ret = left * right;
		return true;
	case DIVIDE:
	case MODULO:
		return divide(code, left, right, ret);
	case SHIFT_LEFT ... SHIFT_RIGHT_SIGNED:
		*ret = shift(code, left, right);
		return true;
	case EQUAL ... NOT_EQUAL:
		*ret = compare(code, (int64_t)left, (int64_t)right);
		return true;
	default:
		return false;
	}
}

static bool operate_on_two(struct machine *machine, uint8_t code)
{
	uint64_t *right = top(machine, 0), *left = top(machine, 1);

	if (!left || !calculate(code, *left, *right, left))
		return false;
	machine->depth--;
	return true;
}

static bool operate_on_one(struct machine *machine, uint8_t code)
{
	uint64_t *value = top(machine, 0), constant;

	if (!value)
		return false;
	switch (code) {
	case ABSOLUTE:
		*value = (int64_t)*value < 0 ? -*value : *value;
		return true;
	case NEGATE:
		*value = -*value;
		return true;
	case NOT:
		*value = ~*value;
		return true;
	default:
		if (!cursor_take_uleb128(&machine->cursor, &constant))
			return false;
		*value += constant;
		return true;
	}
}

static bool dereference(struct machine *machine, uint8_t code)
{
	const struct expression_input *input = machine->input;
	uint64_t *value = top(machine, 0);
	uint8_t size = 8;

	if (code == DEREFERENCE_SIZE && !cursor_take_u8(&machine->cursor, &size))
		return false;
	if (!value || !size || size > 8 || !input->read_word(input->context, *value, value))
		return false;
	if (size < 8)
		*value &= (1ULL << size * 8) - 1;
	return true;
}

static bool jump(struct machine *machine, uint8_t code)
{
	const uint64_t *condition = top(machine, 0);
	uint16_t distance;

	if (!cursor_take_u16(&machine->cursor, &distance))
		return false;
	if (code == BRANCH) {
		if (!condition)
			return false;
		machine->depth--;
		if (!*condition)
			return true;
	}
	ptrdiff_t to = machine->cursor.at - machine->whole.at + (int16_t)distance;
	if (to < 0 || to > machine->whole.end - machine->whole.at)
		return false;
	machine->cursor.at = machine->whole.at + to;
	return true;
}

static bool execute(struct machine *machine, uint8_t code)
{
	uint64_t number;

	switch (code) {
	case NO_OPERATION:
		return true;
	case DEREFERENCE:
	case DEREFERENCE_SIZE:
		return dereference(machine, code);
	case ADDRESS:
	case CONSTANT_1U ... CONSTANT_S:
		return push_constant(machine, code);
	case DUPLICATE ... ROTATE:
		return rearrange(machine, code);
	case ABSOLUTE:
	case NEGATE ... NOT:
	case PLUS_CONSTANT:
		return operate_on_one(machine, code);
	case BRANCH:
	case SKIP:
		return jump(machine, code);
	case LITERAL_0 ... LITERAL_31:
		return push(machine, code - LITERAL_0);
	case REGISTER_0 ... REGISTER_31:
		return push_register(machine, code - REGISTER_0);
	case REGISTER_ANY:
		return cursor_take_uleb128(&machine->cursor, &number) &&
		       push_register(machine, number);
	default:
		return operate_on_two(machine, code);
	}
}

bool frame_expression_evaluate(
	struct cursor expression, const struct expression_input *input, uint64_t *ret)
{
	struct machine machine = {.input = input, .whole = expression, .cursor = expression};
	uint8_t code;

	if (input->start && !push(&machine, *input->start))
		return false;
	for (size_t steps = 0; cursor_take_u8(&machine.cursor, &code); steps++)
		if (steps == STEPS_MAX || !execute(&machine, code))
			return false;
	const uint64_t *result = top(&machine, 0);
	if (result)
		*ret = *result;
	return result != NULL;
}
