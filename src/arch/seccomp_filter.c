#include "arch/seccomp_filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define WORD_COUNT       (sizeof(struct seccomp_data) / sizeof(uint32_t))
#define POINTER_WORDS    (3u << offsetof(struct seccomp_data, instruction_pointer) / 4)
#define ARGUMENT_WORD(n) ((offsetof(struct seccomp_data, args) + 8 * (n)) / 4)
#define ARGUMENT_COUNT   6

struct word {
	uint32_t number;
	bool known;
};

enum cell {
	CELL_ACCUMULATOR,
	CELL_INDEX,
	CELL_SCRATCH,
	CELL_COUNT = CELL_SCRATCH + BPF_MEMWORDS,
};

/*
 * What is known right before one instruction, whichever way led there. As all jumps go forward, one
 * pass over the program follows all its paths: where they meet, what differs becomes unknown.
 */
struct machine {
	uint32_t cells[CELL_COUNT];
	uint32_t unknown; /* bit n: of cells[n] */
	bool reached;
};

struct run {
	const struct sock_filter *items;
	uint32_t data[WORD_COUNT];
	uint32_t unknown_data; /* bit n: of data[n] */
	struct machine *machines;
	struct seccomp_verdict verdict;
	bool returned;
};

static struct word get(const struct machine *machine, size_t cell)
{
	return (struct word){machine->cells[cell], !(machine->unknown >> cell & 1)};
}

static void set(struct machine *machine, size_t cell, struct word word)
{
	machine->cells[cell] = word.known ? word.number : 0;
	machine->unknown &= ~(1u << cell);
	machine->unknown |= (uint32_t)!word.known << cell;
}

static void flow_into(struct machine *to, const struct machine *from)
{
	if (!to->reached) {
		*to = *from;
		return;
	}
	for (size_t cell = 0; cell < CELL_COUNT; cell++)
		if (to->cells[cell] != from->cells[cell])
			set(to, cell, (struct word){0});
	to->unknown |= from->unknown;
}

/* ACTION_ONLY(): the lower, the more restrictive. */
static int32_t precedence(uint32_t action)
{
	return (int32_t)(action & SECCOMP_RET_ACTION_FULL);
}

static void return_action(struct run *run, struct word action)
{
	struct seccomp_verdict *verdict = &run->verdict;

	if (!action.known)
		action.number = SECCOMP_RET_KILL_PROCESS;
	if (!run->returned)
		*verdict = (struct seccomp_verdict){action.number, action.known};
	else if (!action.known || action.number != verdict->action)
		verdict->certain = false;
	run->returned = true;
	if (precedence(action.number) < precedence(verdict->action))
		verdict->action = action.number;
}

static struct word load(
	const struct run *run, const struct machine *machine, const struct sock_filter *item)
{
	switch (BPF_MODE(item->code)) {
	case BPF_ABS:
		return (struct word){run->data[item->k / sizeof(uint32_t)],
			!(run->unknown_data >> item->k / sizeof(uint32_t) & 1)};
	case BPF_LEN:
		return (struct word){sizeof(struct seccomp_data), true};
	case BPF_MEM:
		return get(machine, CELL_SCRATCH + item->k);
	default:
		return (struct word){item->k, true};
	}
}

static struct word operand(const struct machine *machine, const struct sock_filter *item)
{
	if (BPF_SRC(item->code) == BPF_X)
		return get(machine, CELL_INDEX);
	return (struct word){item->k, true};
}

/* The machine's shifts look at five bits of their count; a divisor is not 0 here. */
static uint32_t calculate(uint16_t operation, uint32_t left, uint32_t right)
{
	switch (operation) {
	case BPF_ADD:
		return left + right;
	case BPF_SUB:
		return left - right;
	case BPF_MUL:
		return left * right;
	case BPF_DIV:
		return left / right;
	case BPF_AND:
		return left & right;
	case BPF_OR:
		return left | right;
	case BPF_XOR:
		return left ^ right;
	case BPF_LSH:
		return left << (right & 31);
	case BPF_RSH:
		return left >> (right & 31);
	default:
		return -left;
	}
}

/* false: a division by zero, which returns 0 from the program. */
static bool compute(struct run *run, struct machine *machine, const struct sock_filter *item)
{
	uint16_t operation = BPF_OP(item->code);
	struct word left = get(machine, CELL_ACCUMULATOR), right = operand(machine, item);

	if (operation == BPF_NEG)
		right = (struct word){0, true};
	if (operation == BPF_DIV && right.number == 0) {
		return_action(run, (struct word){0, true});
		if (right.known)
			return false;
		right.number = 1;
	}
	set(machine, CELL_ACCUMULATOR,
		(struct word){calculate(operation, left.number, right.number),
			left.known && right.known});
	return true;
}

static bool compare(uint16_t operation, uint32_t left, uint32_t right)
{
	switch (operation) {
	case BPF_JEQ:
		return left == right;
	case BPF_JGE:
		return left >= right;
	case BPF_JGT:
		return left > right;
	default:
		return left & right;
	}
}

static void jump(struct run *run, size_t at)
{
	const struct sock_filter *item = &run->items[at];
	const struct machine *machine = &run->machines[at];
	struct machine *next = &run->machines[at + 1];
	struct word left = get(machine, CELL_ACCUMULATOR), right = operand(machine, item);
	bool known = left.known && right.known;

	if (BPF_OP(item->code) == BPF_JA) {
		flow_into(next + item->k, machine);
		return;
	}
	bool taken = compare(BPF_OP(item->code), left.number, right.number);
	if (!known || taken)
		flow_into(next + item->jt, machine);
	if (!known || !taken)
		flow_into(next + item->jf, machine);
}

static void step(struct run *run, size_t at)
{
	const struct sock_filter *item = &run->items[at];
	struct machine machine = run->machines[at];

	switch (BPF_CLASS(item->code)) {
	case BPF_RET:
		return_action(run, BPF_RVAL(item->code) == BPF_A ? get(&machine, CELL_ACCUMULATOR)
								 : (struct word){item->k, true});
		return;
	case BPF_JMP:
		jump(run, at);
		return;
	case BPF_LD:
		set(&machine, CELL_ACCUMULATOR, load(run, &machine, item));
		break;
	case BPF_LDX:
		set(&machine, CELL_INDEX, load(run, &machine, item));
		break;
	case BPF_ST:
		set(&machine, CELL_SCRATCH + item->k, get(&machine, CELL_ACCUMULATOR));
		break;
	case BPF_STX:
		set(&machine, CELL_SCRATCH + item->k, get(&machine, CELL_INDEX));
		break;
	case BPF_MISC:
		if (BPF_MISCOP(item->code) == BPF_TAX)
			set(&machine, CELL_INDEX, get(&machine, CELL_ACCUMULATOR));
		else
			set(&machine, CELL_ACCUMULATOR, get(&machine, CELL_INDEX));
		break;
	default:
		if (!compute(run, &machine, item))
			return;
	}
	flow_into(&run->machines[at + 1], &machine);
}

static void take_question(struct run *run, const struct seccomp_question *question)
{
	memcpy(run->data, &question->data, sizeof(run->data));
	if (question->unknown_pointer)
		run->unknown_data |= POINTER_WORDS;
	for (size_t i = 0; i < ARGUMENT_COUNT; i++)
		if (question->unknown_arguments >> i & 1)
			run->unknown_data |= 3u << ARGUMENT_WORD(i);
}

struct error *seccomp_program_evaluate(const struct seccomp_program *program,
	const struct seccomp_question *question, struct seccomp_verdict *ret)
{
	CLEANUP(cleanup_free) struct machine *machines = NULL;
	struct run run = {.items = program->items};

	if (!seccomp_program_is_valid(program))
		return error_create(
			ERROR_MALFORMED, "a seccomp filter that the kernel would not accept");
	machines = calloc(program->count, sizeof(*machines));
	if (!machines)
		return &error_no_memory;
	run.machines = machines;
	machines[0].reached = true;
	take_question(&run, question);
	for (size_t at = 0; at < program->count; at++)
		if (machines[at].reached)
			step(&run, at);
	*ret = run.verdict;
	return NULL;
}

/* later was installed after all of those that gave the verdict so far. */
static void combine(struct seccomp_verdict *so_far, const struct seccomp_verdict *later)
{
	int32_t old = precedence(so_far->action), new = precedence(later->action);

	if (new > old)
		return;
	if (new < old || later->certain)
		*so_far = *later;
	else
		*so_far = (struct seccomp_verdict){
			later->action, so_far->certain && so_far->action == later->action};
}

struct error *seccomp_most_restrictive(const struct seccomp_program *programs, size_t count,
	const struct seccomp_question *question, struct seccomp_verdict *ret)
{
	struct seccomp_verdict all = {SECCOMP_RET_ALLOW, true};

	for (size_t i = 0; i < count; i++) {
		struct seccomp_verdict one;
		struct error *error = seccomp_program_evaluate(&programs[i], question, &one);

		if (error)
			return error;
		combine(&all, &one);
	}
	*ret = all;
	return NULL;
}

bool seccomp_action_permits(uint32_t action)
{
	uint32_t kind = action & SECCOMP_RET_ACTION_FULL;

	return kind == SECCOMP_RET_ALLOW || kind == SECCOMP_RET_LOG;
}
