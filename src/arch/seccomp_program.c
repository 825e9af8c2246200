#include "arch/seccomp_program.h"

#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>

/* seccomp_check_filter() */
static const bool permitted[] = {
	[BPF_LD | BPF_W | BPF_ABS] = true,
	[BPF_LD | BPF_W | BPF_LEN] = true,
	[BPF_LD | BPF_IMM] = true,
	[BPF_LD | BPF_MEM] = true,
	[BPF_LDX | BPF_W | BPF_LEN] = true,
	[BPF_LDX | BPF_IMM] = true,
	[BPF_LDX | BPF_MEM] = true,
	[BPF_ST] = true,
	[BPF_STX] = true,
	[BPF_ALU | BPF_ADD | BPF_K] = true,
	[BPF_ALU | BPF_ADD | BPF_X] = true,
	[BPF_ALU | BPF_SUB | BPF_K] = true,
	[BPF_ALU | BPF_SUB | BPF_X] = true,
	[BPF_ALU | BPF_MUL | BPF_K] = true,
	[BPF_ALU | BPF_MUL | BPF_X] = true,
	[BPF_ALU | BPF_DIV | BPF_K] = true,
	[BPF_ALU | BPF_DIV | BPF_X] = true,
	[BPF_ALU | BPF_AND | BPF_K] = true,
	[BPF_ALU | BPF_AND | BPF_X] = true,
	[BPF_ALU | BPF_OR | BPF_K] = true,
	[BPF_ALU | BPF_OR | BPF_X] = true,
	[BPF_ALU | BPF_XOR | BPF_K] = true,
	[BPF_ALU | BPF_XOR | BPF_X] = true,
	[BPF_ALU | BPF_LSH | BPF_K] = true,
	[BPF_ALU | BPF_LSH | BPF_X] = true,
	[BPF_ALU | BPF_RSH | BPF_K] = true,
	[BPF_ALU | BPF_RSH | BPF_X] = true,
	[BPF_ALU | BPF_NEG] = true,
	[BPF_JMP | BPF_JA] = true,
	[BPF_JMP | BPF_JEQ | BPF_K] = true,
	[BPF_JMP | BPF_JEQ | BPF_X] = true,
	[BPF_JMP | BPF_JGE | BPF_K] = true,
	[BPF_JMP | BPF_JGE | BPF_X] = true,
	[BPF_JMP | BPF_JGT | BPF_K] = true,
	[BPF_JMP | BPF_JGT | BPF_X] = true,
	[BPF_JMP | BPF_JSET | BPF_K] = true,
	[BPF_JMP | BPF_JSET | BPF_X] = true,
	[BPF_RET | BPF_K] = true,
	[BPF_RET | BPF_A] = true,
	[BPF_MISC | BPF_TAX] = true,
	[BPF_MISC | BPF_TXA] = true,
};

/* left: how many instructions follow this one. */
static bool operand_is_valid(const struct sock_filter *item, size_t left)
{
	switch (item->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return item->k < sizeof(struct seccomp_data) && item->k % sizeof(uint32_t) == 0;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
		return item->k < BPF_MEMWORDS;
	case BPF_ALU | BPF_DIV | BPF_K:
		return item->k != 0;
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_K:
		return item->k < 32;
	case BPF_JMP | BPF_JA:
		return item->k < left;
	default:
		return BPF_CLASS(item->code) != BPF_JMP || (item->jt < left && item->jf < left);
	}
}

/* check_load_and_stores(): no path reads a scratch word that it has not written. */
static bool scratch_is_written_first(const struct seccomp_program *program)
{
	uint16_t written[BPF_MAXINSNS], now = 0;

	memset(written, 0xff, sizeof(written));
	for (size_t at = 0; at < program->count; at++) {
		const struct sock_filter *item = &program->items[at];

		now &= written[at];
		if (item->code == BPF_ST || item->code == BPF_STX) {
			now |= (uint16_t)(1u << item->k);
		} else if (item->code == (BPF_LD | BPF_MEM) || item->code == (BPF_LDX | BPF_MEM)) {
			if (!(now & 1u << item->k))
				return false;
		} else if (item->code == (BPF_JMP | BPF_JA)) {
			written[at + 1 + item->k] &= now;
			now = UINT16_MAX;
		} else if (BPF_CLASS(item->code) == BPF_JMP) {
			written[at + 1 + item->jt] &= now;
			written[at + 1 + item->jf] &= now;
			now = UINT16_MAX;
		}
	}
	return true;
}

bool seccomp_program_is_valid(const struct seccomp_program *program)
{
	if (!program->count || program->count > BPF_MAXINSNS)
		return false;
	for (size_t at = 0; at < program->count; at++) {
		const struct sock_filter *item = &program->items[at];

		if (item->code >= sizeof(permitted) || !permitted[item->code] ||
			!operand_is_valid(item, program->count - at - 1))
			return false;
	}
	return BPF_CLASS(program->items[program->count - 1].code) == BPF_RET &&
	       scratch_is_written_first(program);
}
