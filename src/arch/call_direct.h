#pragma once

#include "arch/call_chain.h"
#include "arch/call_item.h"

/*
 * Calls made by a borrowed thread itself, on its own stack: a chain without any memory of limpet's.
 * errno is saved and put back, and the interrupted system call fails with EINTR where a handler of
 * the program has run meanwhile and would have made it fail (those that always fail; not those
 * that depend on SA_RESTART, which cannot be asked for on the way).
 */

/* Functions of the target's C library; 0: not found. Without the first errno is left as it is. */
struct call_direct_functions {
	uint64_t errno_location; /* __errno_location */
	uint64_t copy_words;     /* wmemcpy: else the kernel copies */
};

/*
 * What the chain writes for limpet to read, into memory that lasts, and is dead to the program. All
 * at its end: whoever else uses that memory meanwhile, as a limpet may that has not seen the one
 * before it die, can spoil an answer, but not what the thread does.
 */
struct call_direct_output {
	uint64_t started;        /* the thread, as the process sees it: written at once */
	uint64_t token;          /* that of the request: last of all, with the time; until then 0 */
	uint64_t returned_at[2]; /* CLOCK_MONOTONIC, s and ns */
	uint64_t results[CALL_COUNT_MAX];
};

/* The addresses that are used until the plan is made, when they are replaced by real ones. */
#define CALL_INPUT_BASE  0x4c49000000000000ULL /* no address that a process can have */
#define CALL_OUTPUT_BASE 0x4c4f000000000000ULL
#define CALL_SHARED_BASE 0x4c53000000000000ULL
#define CALL_AGENT_WRITE 0x4c57000000000000ULL /* agent_write_address() */

/* What those are the beginnings of. */
struct call_places {
	uint64_t inputs, outputs, shared;
	uint64_t agent_write; /* 0: on a borrowed thread there is none */
};

struct call_direct_request {
	const struct call_item *items;
	size_t count;
	const void *inputs; /* what the items' arguments point to, relative to CALL_INPUT_BASE */
	size_t input_length;
	const size_t *pointers; /* offsets of words in the inputs that are such addresses */
	size_t pointer_count;
	size_t output_length; /* of what calls write, relative to CALL_OUTPUT_BASE; times of 16 */
	uint64_t output;      /* run-time address of struct call_direct_output, then of the outputs,
				 then of what is shared, relative to CALL_SHARED_BASE */
	uint64_t token;       /* any but 0 */
	struct call_direct_functions functions;
};

/* false: it does not fit, or a gadget is missing. */
bool call_direct_plan(struct call_chain *chain, const struct call_situation *situation,
	const struct call_gadgets *gadgets, const void *extended, size_t extended_length,
	const struct call_direct_request *request, struct raw_registers *ret);

/* Replaces a stand-in by the real address; others are as they are. */
uint64_t call_resolve(uint64_t address, const struct call_places *places);
