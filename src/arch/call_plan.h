#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/call_stub.h"
#include "arch/raw_registers.h"

/*
 * The planning of a remote call: from registers and addresses to registers and bytes, without
 * touching any process. Two ways. A plan through the stub needs the call area in the target; the
 * first system call, which maps that area, goes through two instructions that the target has
 * already, and comes back by rt_sigreturn(2).
 */

/* Where the thread is, and what is true of it. */
struct call_situation {
	struct raw_registers found;
	uint64_t signal_mask;
	uint64_t caught_signals;      /* SigCgt of /proc/PID/status */
	int64_t original_system_call; /* the interrupted one, by its first number; -1: none */
};

/* Signals that stay open while a call runs: faults, and the one setresuid(2) of libc waits for. */
uint64_t call_blocked_signals(void);

/* Fills the block (calls are already in it) and the registers to commit. */
void call_plan_stub(const struct call_situation *situation, uint64_t area, uint64_t errno_location,
	struct call_block *block, struct raw_registers *ret);

/* For call_plan_system_call(): what is found in the target. */
struct call_gadgets {
	uint64_t system_call;   /* run-time address of "syscall; ret" */
	uint64_t signal_return; /* of "mov $15, %rax; syscall" */
};

#define CALL_FRAME_SIZE 1024
#define XSAVE_SIZE_MAX  (CALL_AREA_EXTENDED_SIZE - 4)

struct call_frame {
	uint64_t address; /* where both parts go, below the red zone */
	uint64_t extended_address;
	uint8_t bytes[CALL_FRAME_SIZE];
	uint8_t extended[CALL_AREA_EXTENDED_SIZE];
	size_t extended_length;
};

/*
 * One system call through the gadgets. extended: the thread's NT_X86_XSTATE, extended_length
 * bytes (576 to XSAVE_SIZE_MAX). The system call's result is not kept: its effect must be visible.
 */
void call_plan_system_call(const struct call_situation *situation,
	const struct call_gadgets *gadgets, uint64_t number, const uint64_t arguments[6],
	const void *extended, size_t extended_length, struct call_frame *frame,
	struct raw_registers *ret);

/* Offsets of the gadgets in bytes of executable memory; false if there are none. */
bool call_find_system_call(const void *code, size_t length, size_t *ret);
bool call_find_signal_return(const void *code, size_t length, size_t *ret);
