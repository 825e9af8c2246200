#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"

/*
 * Where a function's return address is, from its code alone: what lies between an instruction and
 * the function's return pops all that is above the address (x86-64 psABI 3.2.2: a function returns
 * with the stack pointer and rbx, rbp, r12 to r15 as they were). All ways that the code can go are
 * followed, calls of functions that never return being ends; where two disagree there is no answer.
 */

/* An address on the stack: relative to the stack pointer, or to the frame pointer, at the start. */
struct stack_place {
	bool from_frame;
	int64_t distance;
};

/* The registers that a function preserves. */
enum code_saved {
	CODE_SAVED_RBX,
	CODE_SAVED_RBP,
	CODE_SAVED_R12,
	CODE_SAVED_R13,
	CODE_SAVED_R14,
	CODE_SAVED_R15,
	CODE_SAVED_COUNT,
};

struct code_return {
	struct stack_place address;
	/* Where the caller's value of each is; those that are not on the stack are unchanged. */
	struct stack_place saved[CODE_SAVED_COUNT];
	bool on_stack[CODE_SAVED_COUNT];
};

/*
 * Whether a function's result is here handed to another, as in exit(main()) and
 * pthread_exit(start()): a thread's outermost frames. *ret_function: where that begins.
 */
bool code_hands_result_on(const struct memory_reader *code, uint64_t pc, uint64_t *ret_function);

/*
 * From pc, the first instruction that is still to be executed. false: the code cannot be followed,
 * no way leads to a return, or the ways do not agree.
 */
bool code_walk(const struct memory_reader *code, uint64_t pc, struct code_return *ret);

/*
 * From a function's entry to an instruction of it, or of one that it jumps to: how far below the
 * return address the stack pointer is there. false: no way was found.
 */
bool code_walk_depth(
	const struct memory_reader *code, uint64_t entry, uint64_t pc, int64_t *ret_depth);
