#pragma once

#include <stddef.h>
#include <stdint.h>

#include "arch/raw_registers.h"

/*
 * What rt_sigreturn(2) takes back: the kernel's struct ucontext of x86-64 (asm/ucontext.h,
 * asm/sigcontext.h), in 64-bit words.
 */
enum {
	CALL_REGISTER_R8,
	CALL_REGISTER_R9,
	CALL_REGISTER_R10,
	CALL_REGISTER_R11,
	CALL_REGISTER_R12,
	CALL_REGISTER_R13,
	CALL_REGISTER_R14,
	CALL_REGISTER_R15,
	CALL_REGISTER_RDI,
	CALL_REGISTER_RSI,
	CALL_REGISTER_RBP,
	CALL_REGISTER_RBX,
	CALL_REGISTER_RDX,
	CALL_REGISTER_RAX,
	CALL_REGISTER_RCX,
	CALL_REGISTER_RSP,
	CALL_REGISTER_RIP,
	CALL_REGISTER_FLAGS,
};

#define CALL_FRAME_REGISTERS 5 /* index of the first register */
#define CALL_FRAME_WORDS     38

struct call_frame {
	uint64_t words[CALL_FRAME_WORDS];
};

/* All registers as they are, the mask, and the address of the extended state. */
void call_frame_fill(struct call_frame *frame, const struct raw_registers *registers,
	uint64_t signal_mask, uint64_t extended_address);

/*
 * Turns NT_X86_XSTATE (length bytes, at least CALL_EXTENDED_MIN), as a tracer gets it, into what
 * rt_sigreturn(2) takes: length + 4 bytes at most are written to ret, and their number is returned.
 */
size_t call_frame_extended(const void *extended, size_t length, void *ret);

#define CALL_EXTENDED_MIN 576
#define CALL_EXTENDED_MAX (16 * 1024 - 4)
