#include "unwind/frame_program.h"

/* How deep DW_CFA_remember_state can be nested; compilers use one level. */
#define REMEMBERED_MAX 16

enum call_frame_instruction {
	/* With an operand in the low six bits. */
	ADVANCE_LOC = 0x40,
	OFFSET = 0x80,
	RESTORE = 0xc0,

	NOP = 0x00,
	SET_LOC = 0x01,
	ADVANCE_LOC1 = 0x02,
	ADVANCE_LOC2 = 0x03,
	ADVANCE_LOC4 = 0x04,
	OFFSET_EXTENDED = 0x05,
	RESTORE_EXTENDED = 0x06,
	UNDEFINED = 0x07,
	SAME_VALUE = 0x08,
	REGISTER = 0x09,
	REMEMBER_STATE = 0x0a,
	RESTORE_STATE = 0x0b,
	DEF_CFA = 0x0c,
	DEF_CFA_REGISTER = 0x0d,
	DEF_CFA_OFFSET = 0x0e,
	DEF_CFA_EXPRESSION = 0x0f,
	EXPRESSION = 0x10,
	OFFSET_EXTENDED_SF = 0x11,
	DEF_CFA_SF = 0x12,
	DEF_CFA_OFFSET_SF = 0x13,
	VAL_OFFSET = 0x14,
	VAL_OFFSET_SF = 0x15,
	VAL_EXPRESSION = 0x16,
	GNU_ARGS_SIZE = 0x2e,
	GNU_NEGATIVE_OFFSET_EXTENDED = 0x2f,
};

struct program {
	const struct common_entry *common;
	struct cursor cursor;
	const char *start; /* of the instructions, at address */
	uint64_t address;
	uint64_t location; /* up to which the row is valid so far */
	struct frame_row row;
	const struct frame_row *initial; /* NULL: still in the CIE */
	struct frame_row remembered[REMEMBERED_MAX];
	size_t remembered_count;
};

static bool scale(int64_t value, int64_t factor, int32_t *ret)
{
	int64_t product;

	if (__builtin_mul_overflow(value, factor, &product) || product < INT32_MIN ||
		product > INT32_MAX)
		return false;
	*ret = (int32_t)product;
	return true;
}

static bool take_small(struct program *program, int32_t *ret)
{
	uint64_t value;

	if (!cursor_take_uleb128(&program->cursor, &value) || value > INT32_MAX)
		return false;
	*ret = (int32_t)value;
	return true;
}

/* In units of the data alignment. */
static bool take_offset(struct program *program, bool has_sign, int32_t *ret)
{
	int64_t factor = program->common->data_alignment, value;
	int32_t small;

	if (has_sign)
		return cursor_take_sleb128(&program->cursor, &value) && scale(value, factor, ret);
	return take_small(program, &small) && scale(small, factor, ret);
}

static bool take_block(struct program *program, struct cursor *ret)
{
	uint64_t length;

	if (!cursor_take_uleb128(&program->cursor, &length) ||
		!cursor_take(&program->cursor, length, &ret->at))
		return false;
	ret->end = program->cursor.at;
	return true;
}

static void set_rule(struct frame_row *row, uint64_t number, enum frame_rule rule, int32_t value)
{
	if (number >= REGISTER_COUNT)
		return;
	row->rules.rules[number] = (uint8_t)rule;
	row->rules.values[number] = value;
	if (rule == RULE_SAME)
		row->rules.changed &= ~(1U << number);
	else
		row->rules.changed |= 1U << number;
}

static bool restore(struct program *program, uint64_t number)
{
	const struct frame_row *initial = program->initial;

	if (!initial)
		return false;
	if (number >= REGISTER_COUNT)
		return true;
	set_rule(
		&program->row, number, initial->rules.rules[number], initial->rules.values[number]);
	program->row.expressions[number] = initial->expressions[number];
	return true;
}

static bool advance(struct program *program, uint64_t delta)
{
	return !__builtin_mul_overflow(delta, program->common->code_alignment, &delta) &&
	       !__builtin_add_overflow(program->location, delta, &program->location);
}

static bool execute_location(struct program *program, uint8_t code)
{
	struct cursor *cursor = &program->cursor;
	uint8_t one;
	uint16_t two;
	uint32_t four;

	switch (code) {
	case SET_LOC:
		return take_pointer(cursor,
			program->address + (uint64_t)(cursor->at - program->start),
			program->common->pointer_encoding, &program->location);
	case ADVANCE_LOC1:
		return cursor_take_u8(cursor, &one) && advance(program, one);
	case ADVANCE_LOC2:
		return cursor_take_u16(cursor, &two) && advance(program, two);
	default:
		return cursor_take_u32(cursor, &four) && advance(program, four);
	}
}

static bool define_cfa(struct program *program, bool has_sign)
{
	struct frame_rules *rules = &program->row.rules;
	int32_t number;

	if (!take_small(program, &number) || number >= REGISTER_COUNT)
		return false;
	rules->cfa_rule = RULE_CFA_FROM_REGISTER;
	rules->cfa_register = (uint8_t)number;
	return has_sign ? take_offset(program, true, &rules->cfa_value)
			: take_small(program, &rules->cfa_value);
}

static bool execute_cfa(struct program *program, uint8_t code)
{
	struct frame_rules *rules = &program->row.rules;
	int32_t number;

	switch (code) {
	case DEF_CFA:
		return define_cfa(program, false);
	case DEF_CFA_SF:
		return define_cfa(program, true);
	case DEF_CFA_EXPRESSION:
		rules->cfa_rule = RULE_IS_EXPRESSION;
		rules->cfa_register = 0;
		return take_block(program, &program->row.cfa_expression);
	case DEF_CFA_REGISTER:
		if (rules->cfa_rule == RULE_UNDEFINED || !take_small(program, &number) ||
			number >= REGISTER_COUNT)
			return false;
		rules->cfa_rule = RULE_CFA_FROM_REGISTER;
		rules->cfa_register = (uint8_t)number;
		return true;
	}
	/* An expression has no offset to be changed. */
	if (rules->cfa_rule != RULE_CFA_FROM_REGISTER)
		return false;
	return code == DEF_CFA_OFFSET ? take_small(program, &rules->cfa_value)
				      : take_offset(program, true, &rules->cfa_value);
}

static bool execute_state(struct program *program, uint8_t code)
{
	if (code == REMEMBER_STATE) {
		if (program->remembered_count == REMEMBERED_MAX)
			return false;
		program->remembered[program->remembered_count++] = program->row;
		return true;
	}
	if (!program->remembered_count)
		return false;
	program->row = program->remembered[--program->remembered_count];
	return true;
}

static bool set_offset(
	struct program *program, uint64_t number, enum frame_rule rule, bool has_sign)
{
	int32_t value;

	if (!take_offset(program, has_sign, &value))
		return false;
	set_rule(&program->row, number, rule, value);
	return true;
}

static bool set_expression(struct program *program, uint64_t number, enum frame_rule rule)
{
	struct cursor block;

	if (!take_block(program, &block))
		return false;
	set_rule(&program->row, number, rule, 0);
	if (number < REGISTER_COUNT)
		program->row.expressions[number] = block;
	return true;
}

static bool set_register(struct program *program, uint64_t number)
{
	int32_t other;

	if (!take_small(program, &other) || other >= REGISTER_COUNT)
		return false;
	set_rule(&program->row, number, RULE_REGISTER, other);
	return true;
}

static bool set_negative_offset(struct program *program, uint64_t number)
{
	int32_t value;

	if (!take_small(program, &value) ||
		!scale(-(int64_t)value, program->common->data_alignment, &value))
		return false;
	set_rule(&program->row, number, RULE_AT_CFA, value);
	return true;
}

static bool execute_register(struct program *program, uint8_t code)
{
	uint64_t number;

	if (!cursor_take_uleb128(&program->cursor, &number))
		return false;
	switch (code) {
	case OFFSET_EXTENDED:
		return set_offset(program, number, RULE_AT_CFA, false);
	case OFFSET_EXTENDED_SF:
		return set_offset(program, number, RULE_AT_CFA, true);
	case VAL_OFFSET:
		return set_offset(program, number, RULE_IS_CFA, false);
	case VAL_OFFSET_SF:
		return set_offset(program, number, RULE_IS_CFA, true);
	case GNU_NEGATIVE_OFFSET_EXTENDED:
		return set_negative_offset(program, number);
	case EXPRESSION:
		return set_expression(program, number, RULE_AT_EXPRESSION);
	case VAL_EXPRESSION:
		return set_expression(program, number, RULE_IS_EXPRESSION);
	case REGISTER:
		return set_register(program, number);
	case RESTORE_EXTENDED:
		return restore(program, number);
	case UNDEFINED:
		set_rule(&program->row, number, RULE_UNDEFINED, 0);
		return true;
	case SAME_VALUE:
		set_rule(&program->row, number, RULE_SAME, 0);
		return true;
	default:
		return false;
	}
}

static bool execute_other(struct program *program, uint8_t code)
{
	int32_t size;

	switch (code) {
	case NOP:
		return true;
	case GNU_ARGS_SIZE: /* what the caller pushed is in the CFA already */
		return take_small(program, &size);
	case SET_LOC ... ADVANCE_LOC4:
		return execute_location(program, code);
	case REMEMBER_STATE ... RESTORE_STATE:
		return execute_state(program, code);
	case DEF_CFA ... DEF_CFA_EXPRESSION:
	case DEF_CFA_SF ... DEF_CFA_OFFSET_SF:
		return execute_cfa(program, code);
	default:
		return execute_register(program, code);
	}
}

static bool execute(struct program *program)
{
	uint8_t code;

	if (!cursor_take_u8(&program->cursor, &code))
		return false;
	switch (code & 0xc0) {
	case ADVANCE_LOC:
		return advance(program, code & 0x3f);
	case OFFSET:
		return set_offset(program, code & 0x3f, RULE_AT_CFA, false);
	case RESTORE:
		return restore(program, code & 0x3f);
	default:
		return execute_other(program, code);
	}
}

/* Up to the first instruction that is about code behind the address. */
static bool run(struct program *program, uint64_t address)
{
	while (cursor_left(&program->cursor) && program->location <= address)
		if (!execute(program))
			return false;
	return true;
}

bool frame_program_run(const struct common_entry *common, const struct function_entry *function,
	uint64_t address, struct frame_row *ret)
{
	struct program program = {
		.common = common,
		.cursor = common->instructions,
		.start = common->instructions.at,
		.address = common->address,
	};
	struct frame_row initial;

	program.row.rules.cfa_rule = RULE_UNDEFINED;
	program.row.rules.is_signal_frame = common->is_signal_frame;
	if (!run(&program, UINT64_MAX))
		return false;
	initial = program.row;
	program.initial = &initial;
	program.remembered_count = 0;
	program.cursor = function->instructions;
	program.start = function->instructions.at;
	program.address = function->address;
	program.location = function->start;
	if (!run(&program, address) || program.row.rules.cfa_rule == RULE_UNDEFINED)
		return false;
	*ret = program.row;
	return true;
}
