#pragma once

#include <stdint.h>

/*
 * What limpet puts into the target to make calls: the code that saves everything of the borrowed
 * thread, makes the calls and gives the thread back by itself, and the block of data between the
 * two sides. The offsets are known to call_stub_entry.S too.
 */

enum call_state {
	CALL_STATE_IDLE,
	CALL_STATE_RUNNING = 1,
	CALL_STATE_RETURNED = 2, /* all results are there */
	CALL_STATE_LEFT = 3,     /* the thread is about to be where it was */
};

#define CALL_COUNT_MAX 24

struct call_item {
	uint64_t function; /* run-time address; 0: a system call */
	uint64_t number;   /* of the system call */
	uint64_t arguments[6];
	uint64_t first_from; /* n: the first argument is the result of item n - 1; 0: as given */
	uint64_t result;
};

struct call_block {
	/* What the thread goes back to. */
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rcx, rdx, rsi, rdi, rax; /* 0 */
	uint64_t rip, rsp, flags;                                                         /* 120 */
	uint64_t signal_mask;                                                             /* 144 */
	uint64_t extended_state; /* 152: address of room for XSAVE */
	/* What it does before. */
	uint64_t mxcsr;           /* 160 */
	uint64_t blocked_signals; /* 168: while the calls run */
	uint64_t errno_location;  /* 176: run-time address of __errno_location, or 0 */
	uint64_t caught_signals;  /* 184: signals with a handler, as a mask */
	uint64_t may_interrupt;   /* 192: enum call_interruption */
	uint64_t interrupted_rip; /* 200: behind the system call instruction */
	uint64_t count;
	struct call_item items[CALL_COUNT_MAX];
	uint64_t returned_at[2]; /* CLOCK_MONOTONIC, s and ns: when all results were there */
	uint64_t state;          /* enum call_state */
};

/* What the interrupted system call would have done had a caught signal come meanwhile. */
enum call_interruption {
	CALL_INTERRUPTION_NONE,           /* goes on, always */
	CALL_INTERRUPTION_UNLESS_RESTART, /* fails with EINTR unless the handler has SA_RESTART */
	CALL_INTERRUPTION_ALWAYS,         /* fails with EINTR */
};

/* Layout of the mapping in the target: code page, then data that is read and written. */
#define CALL_AREA_CODE           0
#define CALL_AREA_BLOCK          0x1000
#define CALL_AREA_EXTENDED_STATE 0x2000
#define CALL_AREA_EXTENDED_SIZE  0x4000
#define CALL_AREA_ARGUMENTS      0x6000
#define CALL_AREA_ARGUMENTS_SIZE 0xa000
#define CALL_AREA_STACK_TOP      0x50000
#define CALL_AREA_SIZE           0x50000

/* The code: position-independent, less than a page; a thread enters it at *ret_entry. */
const void *call_stub_code(uint64_t *ret_length, uint64_t *ret_entry);
