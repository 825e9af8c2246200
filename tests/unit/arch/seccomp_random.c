#include "seccomp_programs.h"

#include <linux/audit.h>
#include <stdbool.h>
#include <sys/syscall.h>

#include "base/array.h"

/* xorshift64* */
uint32_t random_next(struct random_source *source)
{
	source->state ^= source->state >> 12;
	source->state ^= source->state << 25;
	source->state ^= source->state >> 27;
	return (uint32_t)((source->state * 0x2545f4914f6cdd1dULL) >> 32);
}

uint32_t random_below(struct random_source *source, uint32_t limit)
{
	return random_next(source) % limit;
}

uint32_t random_word(struct random_source *source)
{
	static const uint32_t words[] = {0, 1, 2, 5, 31, 32, 33, 63, 64, 255, 0x1000, 0xffff,
		0x7fffffff, 0x80000000, 0xfffffffe, UINT32_MAX, AUDIT_ARCH_X86_64, SYS_mmap,
		SYS_clone3};

	if (random_below(source, 4) == 0)
		return random_next(source);
	return words[random_below(source, ARRAY_SIZE(words))];
}

void build_exemption(struct built_program *built, uint32_t number)
{
	BUILT_STATEMENT(built, BPF_LD | BPF_W | BPF_ABS, OFFSET_NUMBER);
	BUILT_JUMP(built, BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
	BUILT_STATEMENT(built, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	BUILT_STATEMENT(built, BPF_LD | BPF_IMM, 0);
}

/* More often what keeps the bits of its operands. */
static const uint16_t operations[] = {BPF_ADD, BPF_ADD, BPF_ADD, BPF_XOR, BPF_XOR, BPF_XOR, BPF_SUB,
	BPF_SUB, BPF_NEG, BPF_NEG, BPF_MUL, BPF_DIV, BPF_AND, BPF_OR, BPF_LSH, BPF_RSH};
static const uint16_t comparisons[] = {BPF_JEQ, BPF_JGE, BPF_JGT, BPF_JSET};

static void append_calculation(struct built_program *built, struct random_source *source)
{
	uint16_t operation = operations[random_below(source, ARRAY_SIZE(operations))];
	bool by_index = operation != BPF_NEG && random_below(source, 2);
	uint32_t k = random_word(source);

	/* Few programs are to end by dividing by an index of 0. */
	if (operation == BPF_DIV)
		by_index = random_below(source, 12) == 0;
	if (operation == BPF_LSH || operation == BPF_RSH)
		k %= 32;
	if (operation == BPF_DIV && !k)
		k = 3;
	BUILT_STATEMENT(built, (uint16_t)(BPF_ALU | operation | (by_index ? BPF_X : BPF_K)), k);
}

static void append_load(struct built_program *built, struct random_source *source)
{
	switch (random_below(source, 12)) {
	case 0:
		BUILT_STATEMENT(built, BPF_LD | BPF_IMM, random_word(source));
		break;
	case 1:
		BUILT_STATEMENT(built, BPF_LDX | BPF_IMM, random_word(source));
		break;
	case 2:
		BUILT_STATEMENT(built, BPF_LD | BPF_W | BPF_LEN, random_word(source));
		break;
	case 3:
		BUILT_STATEMENT(built, BPF_LDX | BPF_W | BPF_LEN, random_word(source));
		break;
	default:
		BUILT_STATEMENT(built, BPF_LD | BPF_W | BPF_ABS, 4 * random_below(source, 16));
	}
}

/* Into the first of the scratch words, or out of them: build_random() fills these. */
#define FILLED 4

static void append_move(struct built_program *built, struct random_source *source)
{
	static const uint16_t codes[] = {BPF_ST, BPF_STX, BPF_LD | BPF_MEM, BPF_LDX | BPF_MEM,
		BPF_MISC | BPF_TAX, BPF_MISC | BPF_TXA};
	uint16_t code = codes[random_below(source, ARRAY_SIZE(codes))];
	bool to_any = code == BPF_ST || code == BPF_STX;

	BUILT_STATEMENT(built, code, random_below(source, to_any ? BPF_MEMWORDS : FILLED));
}

/* Not beyond the three instructions that end the program. */
static void append_jump(struct built_program *built, struct random_source *source, size_t left)
{
	uint16_t comparison = comparisons[random_below(source, ARRAY_SIZE(comparisons))];
	uint32_t reach = left < 6 ? (uint32_t)left : 6;

	if (random_below(source, 8) == 0) {
		BUILT_STATEMENT(built, BPF_JMP | BPF_JA, random_below(source, reach + 1));
		return;
	}
	BUILT_JUMP(built,
		(uint16_t)(BPF_JMP | comparison | (random_below(source, 2) ? BPF_X : BPF_K)),
		random_word(source), (uint8_t)random_below(source, reach + 1),
		(uint8_t)random_below(source, reach + 1));
}

void build_random(struct built_program *built, struct random_source *source, size_t length)
{
	BUILT_STATEMENT(built, BPF_LD | BPF_W | BPF_ABS, OFFSET_LOW(random_below(source, 6)));
	BUILT_STATEMENT(built, BPF_MISC | BPF_TAX, 0);
	for (uint32_t i = 0; i < FILLED; i++)
		BUILT_STATEMENT(built, i % 2 ? BPF_STX : BPF_ST, i);
	for (size_t i = 0; i < length; i++) {
		uint32_t kind = random_below(source, 64);

		if (kind == 0)
			BUILT_STATEMENT(built, BPF_RET | BPF_K,
				RETURN_ERRNO(1 + random_below(source, 4000)));
		else if (kind < 12)
			append_jump(built, source, length - i - 1);
		else if (kind < 28)
			append_load(built, source);
		else if (kind < 40)
			append_move(built, source);
		else
			append_calculation(built, source);
	}
	/* Twelve bits of A, from anywhere in it. */
	BUILT_STATEMENT(built, BPF_ALU | BPF_RSH | BPF_K, 4 * random_below(source, 6));
	BUILT_STATEMENT(built, BPF_ALU | BPF_AND | BPF_K, 0xfff);
	BUILT_STATEMENT(built, BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO);
	BUILT_STATEMENT(built, BPF_RET | BPF_A, 0);
}

void built_damage(struct built_program *built, size_t first, struct random_source *source)
{
	struct sock_filter *item =
		&built->items[first + random_below(source, (uint32_t)(built->count - first))];

	switch (random_below(source, 6)) {
	case 0:
		item->code = (uint16_t)random_below(source, 0x100);
		break;
	case 1:
		item->code = (uint16_t)random_next(source);
		break;
	case 2:
		item->k = random_word(source);
		break;
	case 3:
		item->jt = (uint8_t)random_next(source);
		break;
	case 4:
		item->jf = (uint8_t)random_below(source, 16);
		break;
	default:
		built->count = first + random_below(source, (uint32_t)(built->count - first)) + 1;
	}
}
