#pragma once

#include <stdint.h>

#include "arch/blocking_calls.h"
#include "arch/raw_registers.h"

/* Where a thread that is to be borrowed is, and what is true of it. */
struct call_situation {
	struct raw_registers found;
	/* Its number as it sees itself, by which it reaches its own memory: that of the process is the
	 * first thread's, which may have exited. */
	uint64_t thread;
	uint64_t signal_mask;         /* blocked by the program, bit 0 for signal 1 */
	uint64_t caught_signals;      /* SigCgt of /proc/PID/status */
	uint64_t own_signals;         /* the C library's, which stay open as well */
	int64_t original_system_call; /* the interrupted one, by its first number; -1: none */
	struct time_left time_left;   /* for that call to be entered again with */
};

/* What the interrupted system call would have done had a caught signal come meanwhile. */
enum call_interruption {
	CALL_INTERRUPTION_NONE,           /* goes on, always */
	CALL_INTERRUPTION_UNLESS_RESTART, /* fails with EINTR unless the handler has SA_RESTART */
	CALL_INTERRUPTION_ALWAYS,         /* fails with EINTR */
};

enum call_interruption call_interruption_of(const struct call_situation *situation);

/* Signals that stay open while a call runs: faults, and the one setresuid(2) of libc waits for. */
uint64_t call_blocked_signals(void);
