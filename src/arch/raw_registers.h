#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/user.h>

#include "arch/registers.h"

/* Results that the kernel keeps to itself (include/linux/errno.h), except from tracers. */
#define ERESTARTSYS           512
#define ERESTARTNOINTR        513
#define ERESTARTNOHAND        514
#define ERESTART_RESTARTBLOCK 516

/* The general registers as the kernel hands them out: NT_PRSTATUS. */
struct raw_registers {
	struct user_regs_struct user;
};

/* false: a thread in 32-bit mode, which limpet does not follow. */
bool registers_from_raw(const struct raw_registers *raw, struct registers *ret);

/*
 * The number of the system call from which the thread was on its way back, or that the stop
 * interrupted; -1: it came from an interrupt or a fault.
 */
int64_t raw_system_call(const struct raw_registers *raw);

/* The number of the system call that the stop interrupted, or -1. */
int64_t raw_interrupted_system_call(const struct raw_registers *raw);

/*
 * Whether the kernel itself will bring the interrupted system call back when the thread goes on.
 * False for those that return EINTR to the program after a mere stop.
 */
bool raw_restarts_by_itself(const struct raw_registers *raw);

/*
 * Of a system call that a stop has made fail: when the thread goes on with these registers from
 * that stop, the kernel restarts it, or lets it fail if a handler runs (ERESTARTNOHAND).
 */
void raw_ask_for_restart(struct raw_registers *raw);

/*
 * Makes the thread enter the interrupted system call again when it goes on with these registers,
 * whoever sets them: the kernel (from a stop), or rt_sigreturn(2). original_system_call is entered,
 * with its arguments: a relative time-out starts over.
 */
void raw_reenter_system_call(struct raw_registers *raw, int64_t original_system_call);

/* Of a system call: rdi, rsi, rdx, r10, r8, r9. */
void raw_arguments(const struct raw_registers *raw, uint64_t ret[6]);
void raw_set_argument(struct raw_registers *raw, unsigned index, uint64_t value);
