#pragma once

#include <stdint.h>
#include <sys/user.h>

#include "arch/call_chain.h"

#define DETOUR_EXTENDED_SIZE (16 * 1024)

/*
 * A thread that is sent off with the registers of a plan, for real but within the test's process,
 * and comes back to where the plan says. It has a stack of its own.
 */
struct machine {
	struct user_regs_struct registers;
	uint8_t extended[DETOUR_EXTENDED_SIZE] __attribute__((aligned(256))); /* by XSAVE */
};

/* Loads everything of from, jumps, and stores what arrives at detour_back. */
void detour_run(const struct machine *from, struct machine *ret);
void detour_save_extended(void *ret);

/* Behind a system call instruction. */
extern const uint8_t detour_back[];
/* All that call_gadgets_search() looks for, among other code. */
extern const uint8_t detour_gadgets[], detour_gadgets_end[];

/* A value of its own in each register that there is, and a stack that is filled to the end. */
void detour_prepare(struct machine *machine);

/* Fails the test unless all is as detour_prepare() made it, but for rax. */
void detour_assert_unharmed(const struct machine *before, const struct machine *after);

/* As if a stop had found the thread in that system call, which then was to return result. */
void detour_enter_system_call(struct machine *machine, int64_t number, int64_t result);

/* What XSAVE writes with all features on, in bytes; PTRACE_GETREGSET gives as many. */
size_t detour_extended_size(void);
/* Features that the kernel has switched on. */
uint64_t detour_features(void);

/* As PTRACE_GETREGSET gives it, of a thread with the registers of a machine. */
size_t detour_traced_extended(const struct machine *machine, uint8_t ret[DETOUR_EXTENDED_SIZE]);
struct call_gadgets detour_find_gadgets(void);
/* Puts the chain on the stack, and goes through it. */
void detour_run_chain(const struct call_chain *chain, const struct raw_registers *registers,
	const struct machine *before, struct machine *ret);

uint64_t detour_signal_mask(void);
void detour_set_signal_mask(uint64_t mask);
