#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A thread's general registers in DWARF order: x86-64 psABI 3.6.2 (rax rdx rcx rbx rsi rdi rbp rsp
 * r8..r15 return-address). Only x86-64 so far.
 */
enum {
	REGISTER_RAX,
	REGISTER_RDX,
	REGISTER_RCX,
	REGISTER_RBX,
	REGISTER_RSI,
	REGISTER_RDI,
	REGISTER_RBP,
	REGISTER_RSP,
	REGISTER_R8,
	REGISTER_R15 = REGISTER_R8 + 7,
	REGISTER_PC,
	REGISTER_COUNT,
};

struct registers {
	uint64_t values[REGISTER_COUNT];
};

/*
 * Of a thread in a system call, what is seen of it from outside: where it goes on, its stack
 * pointer, and the arguments of the call; NULL: it is in none. Returns a bit for each register that
 * stays unknown; those are 0 in *ret.
 */
uint32_t registers_of_sleeper(uint64_t program_counter, uint64_t stack_pointer,
	const uint64_t arguments[6], struct registers *ret);

static inline uint64_t registers_pc(const struct registers *registers)
{
	return registers->values[REGISTER_PC];
}

static inline uint64_t registers_sp(const struct registers *registers)
{
	return registers->values[REGISTER_RSP];
}
