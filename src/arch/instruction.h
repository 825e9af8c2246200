#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One x86-64 instruction, as far as it matters for where a function's return address is (Intel
 * SDM, volume 2, chapter 2 and appendix A). Pure.
 */

enum instruction_flow {
	FLOW_NEXT,
	FLOW_JUMP,          /* to the target, and nowhere else */
	FLOW_BRANCH,        /* to the target, or on */
	FLOW_CALL,          /* to the target, and on unless that never returns */
	FLOW_CALL_INDIRECT, /* somewhere, and on */
	FLOW_JUMP_INDIRECT, /* somewhere */
	FLOW_RETURN,
	FLOW_TRAP, /* ends there: hlt, ud2, int3 */
};

enum instruction_stack {
	STACK_SAME,
	STACK_MOVED,      /* by stack_distance */
	STACK_AT_FRAME,   /* the stack pointer becomes the frame pointer plus stack_distance */
	STACK_SETS_FRAME, /* the frame pointer becomes the stack pointer */
	STACK_LEFT,       /* as STACK_AT_FRAME; then the frame pointer is popped */
	STACK_UNKNOWN,    /* becomes something else */
};

#define INSTRUCTION_NO_REGISTER UINT8_MAX
#define INSTRUCTION_LENGTH_MAX  15

struct instruction {
	size_t length;
	enum instruction_flow flow;
	int64_t target; /* of a jump, branch or call: distance from the instruction's end */
	enum instruction_stack stack;
	int64_t stack_distance;
	bool loses_frame; /* the frame pointer becomes something else */
	/*
	 * A general register, by its number in the encoding, that is loaded from the stack: at
	 * load_distance from the stack pointer before the instruction.
	 */
	uint8_t loaded;
	int64_t load_distance;
};

/*
 * false: fewer bytes than it has, or one that compilers do not make of code for the baseline
 * x86-64: whoever meets one knows nothing about what follows.
 */
bool instruction_decode(const uint8_t *code, size_t length, struct instruction *ret);
