#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/call_frame.h"
#include "arch/call_gadgets.h"
#include "arch/call_situation.h"

/*
 * A detour that a borrowed thread makes on its own stack, below the red zone, without any code of
 * limpet's: one signal frame a step, gone through by rt_sigreturn(2), each of which sets all
 * registers and the signal mask at once. One request sends the thread off; the last frame puts it
 * back where it was, whatever becomes of limpet, and nothing stays behind. Pure: from registers
 * to registers and bytes.
 */

struct call_step {
	uint64_t function; /* run-time address; 0: a system call */
	uint64_t number;   /* of the system call */
	uint64_t arguments[6];
	uint64_t result; /* address where its result goes; 0: nowhere */
};

#define CALL_CHAIN_STEPS_MAX 72
#define CALL_CHAIN_BYTES_MAX (60 * 1024)

struct call_chain {
	struct call_situation situation;
	struct call_gadgets gadgets;
	struct raw_registers base; /* what the steps' registers begin with */
	uint64_t address;          /* run-time address of bytes[0]: what the thread needs below */
	size_t length;
	uint64_t extended_address;
	size_t stride; /* from one step's frame to the next */
	size_t step_count, steps_added;
	size_t data_used, data_end;
	uint8_t bytes[CALL_CHAIN_BYTES_MAX] __attribute__((aligned(16)));
};

/*
 * Room for exactly step_count steps and data_size bytes of data (what alignment takes included).
 * extended: the thread's NT_X86_XSTATE. false: it does not fit, or the gadgets system_call and
 * signal_return are missing.
 */
bool call_chain_begin(struct call_chain *chain, const struct call_situation *situation,
	const struct call_gadgets *gadgets, const void *extended, size_t extended_length,
	size_t step_count, size_t data_size);

/* Copies bytes (or zeros: NULL) to where the thread can read them; their address, 16-aligned. */
uint64_t call_chain_put(struct call_chain *chain, const void *bytes, size_t length);
/* What was put there, to be changed before the thread is sent off. */
void *call_chain_bytes(struct call_chain *chain, uint64_t address);

/* A result needs the gadget store. */
void call_chain_add(struct call_chain *chain, const struct call_step *step);
/* A step that goes to the frame at an address, such as one of those at the end. */
void call_chain_add_jump(struct call_chain *chain, uint64_t frame);

/* Where a step, also one to be added yet, keeps what can be replaced while the thread is on its
 * way: its arguments, and where it goes. */
uint64_t call_chain_argument(
	const struct call_chain *chain, size_t step, unsigned argument, bool of_system_call);
uint64_t call_chain_register(const struct call_chain *chain, size_t step, unsigned reg);

/* The frame that the chain ends with, and the one where the system call has failed with EINTR. */
uint64_t call_chain_back(const struct call_chain *chain);
uint64_t call_chain_back_failed(const struct call_chain *chain);

/* Code that only returns: a step that goes there does nothing, and its result is its rax. */
uint64_t call_chain_plain_return(const struct call_chain *chain);

/* After the last step: what the thread is to be sent off with. */
void call_chain_end(struct call_chain *chain, struct raw_registers *ret);
