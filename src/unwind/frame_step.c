#include <string.h>

#include "unwind/frame_expression.h"
#include "unwind/unwind_internal.h"

/* How far above the copy an address is taken for a part of the same stack. */
#define STACK_SIZE_MAX (1ULL << 30)
/* The same of other stacks: those of goroutines lie side by side. */
#define OTHER_SIZE_MAX (1ULL << 20)

struct step {
	struct unwinder *unwinder;
	const struct frame_rules *rules;
	const struct registers *frame;
	uint32_t unknown;
	uint64_t cfa;
	enum unwind_end end;
};

static bool read_copy(const uint8_t *copy, size_t length, uint64_t offset, uint64_t *ret)
{
	if (length < sizeof(*ret) || offset > length - sizeof(*ret))
		return false;
	memcpy(ret, copy + offset, sizeof(*ret));
	return true;
}

bool unwind_read_stack(const struct unwind_input *input, uint64_t address, uint64_t *ret)
{
	bool found =
		read_copy(input->stack, input->stack_length, address - input->stack_address, ret);

	for (size_t i = 0; !found && i < OTHER_STACKS; i++) {
		const struct stack_copy *other = &input->others[i];

		found = read_copy(other->bytes, other->length, address - other->address, ret);
	}
	return found;
}

static bool is_near_other(const struct unwind_input *input, uint64_t address)
{
	for (size_t i = 0; i < OTHER_STACKS; i++)
		if (input->others[i].length && address - input->others[i].address < OTHER_SIZE_MAX)
			return true;
	return false;
}

enum unwind_end unwind_why_unreadable(const struct unwinder *unwinder, uint64_t address)
{
	const struct unwind_input *input = unwinder->input;

	if (unwinder->switches)
		return is_near_other(input, address) ? UNWIND_STACK_TOO_SHORT : UNWIND_OTHER_STACK;
	/* The interrupted stack may be another than that of the signal handler. */
	if (unwinder->passed_signal)
		return UNWIND_STACK_TOO_SHORT;
	if (address >= input->stack_address && address - input->stack_address < STACK_SIZE_MAX)
		return UNWIND_STACK_TOO_SHORT;
	return UNWIND_BAD_FRAME;
}

/* Expressions may read the data of the frame's module, too. */
static bool read_module(const struct step *step, uint64_t address, uint64_t *ret)
{
	struct unwinder *unwinder = step->unwinder;
	const struct module *module =
		module_table_find(unwinder->modules, registers_pc(step->frame) - 1);

	return module && module->image &&
	       file_pages_read_word(unwinder->pages, module->image, address - module->bias, ret);
}

static bool read_word(void *context, uint64_t address, uint64_t *ret)
{
	struct step *step = context;

	if (unwind_read_stack(step->unwinder->input, address, ret) ||
		read_module(step, address, ret))
		return true;
	step->unwinder->missing = address;
	step->end = unwind_why_unreadable(step->unwinder, address);
	return false;
}

static bool evaluate(struct step *step, int32_t number, const uint64_t *start, uint64_t *ret)
{
	const struct expression_input input = {
		.registers = step->frame,
		.unknown = step->unknown,
		.start = start,
		.read_word = read_word,
		.context = step,
	};

	return frame_expression_evaluate(
		rule_cache_expression(&step->unwinder->cache, number), &input, ret);
}

static bool find_cfa(struct step *step)
{
	const struct frame_rules *rules = step->rules;

	if (rules->cfa_rule == RULE_IS_EXPRESSION)
		return evaluate(step, rules->cfa_value, NULL, &step->cfa);
	step->cfa = step->frame->values[rules->cfa_register] + (uint64_t)(int64_t)rules->cfa_value;
	return true;
}

static bool find_by_expression(struct step *step, int number, uint64_t *ret)
{
	uint64_t value;

	if (!evaluate(step, step->rules->values[number], &step->cfa, &value))
		return false;
	if (step->rules->rules[number] == RULE_AT_EXPRESSION)
		return read_word(step, value, ret);
	*ret = value;
	return true;
}

static bool find_register(struct step *step, int number, uint64_t *ret)
{
	int32_t value = step->rules->values[number];

	switch (step->rules->rules[number]) {
	case RULE_AT_CFA:
		return read_word(step, step->cfa + (uint64_t)(int64_t)value, ret);
	case RULE_IS_CFA:
		*ret = step->cfa + (uint64_t)(int64_t)value;
		return true;
	case RULE_REGISTER:
		*ret = step->frame->values[value];
		return true;
	case RULE_AT_EXPRESSION:
	case RULE_IS_EXPRESSION:
		return find_by_expression(step, number, ret);
	default:
		/* What is found with its help lies nowhere. */
		*ret = 0;
		return true;
	}
}

/* Whether a register's rule takes its value from one that is not known. */
static bool stays_unknown(const struct frame_rules *rules, int number, uint32_t unknown)
{
	return rules->rules[number] == RULE_REGISTER && unknown & 1U << rules->values[number];
}

static bool leads_up(const struct frame_rules *rules, uint32_t unknown)
{
	if (rules->cfa_rule == RULE_CFA_FROM_REGISTER && unknown & 1U << rules->cfa_register)
		return false;
	return !stays_unknown(rules, REGISTER_RSP, unknown) &&
	       !stays_unknown(rules, REGISTER_PC, unknown);
}

/* Without these two there is no caller; without another it may never be missed. */
static bool is_essential(int number)
{
	return number == REGISTER_RSP || number == REGISTER_PC;
}

enum unwind_end frame_step(struct unwinder *unwinder, const struct frame_rules *rules,
	const struct registers *frame, struct registers *ret, uint32_t *unknown)
{
	enum unwind_end reason = *unknown ? UNWIND_UNKNOWN : UNWIND_BAD_FRAME;
	struct step step = {
		.unwinder = unwinder,
		.rules = rules,
		.frame = frame,
		.unknown = *unknown,
		.end = reason,
	};
	uint32_t known = 0, lost = 0;

	if (*unknown && !leads_up(rules, *unknown))
		return UNWIND_UNKNOWN;
	if (!find_cfa(&step))
		return step.end;
	*ret = *frame;
	/* A rule of its own comes before this. */
	ret->values[REGISTER_RSP] = step.cfa;
	for (uint32_t left = rules->changed; left; left &= left - 1) {
		int number = __builtin_ctz(left);
		bool found = find_register(&step, number, &ret->values[number]);

		if (!found && is_essential(number))
			return step.end;
		if (found && !stays_unknown(rules, number, *unknown))
			known |= 1U << number;
		else
			lost |= 1U << number;
		if (step.end == UNWIND_STACK_TOO_SHORT)
			unwinder->lost = step.end;
		step.end = reason;
	}
	*unknown = (*unknown & ~known) | lost;
	return UNWIND_COMPLETE;
}
