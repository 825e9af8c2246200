#pragma once

#include "arch/agent.h"
#include "arch/call_chain.h"

/*
 * The detour that starts limpet's thread, all in one: it maps the memory, copies the code there
 * from the borrowed thread's own stack, makes it executable, and only if all of that has worked
 * goes there; else it unmaps what it has, and comes back. However limpet ends, there is either
 * nothing, or a thread that cleans up after itself.
 */
struct agent_request {
	uint64_t area; /* free for AGENT_SIZE bytes; MAP_FIXED_NOREPLACE (Linux 4.17) */
	/* The functions and times of it; the rest is filled in. */
	struct agent_parameters parameters;
};

/* false: it does not fit, or a gadget is missing. */
bool agent_plan(struct call_chain *chain, const struct call_situation *situation,
	const struct call_gadgets *gadgets, const void *extended, size_t extended_length,
	const struct agent_request *request, struct raw_registers *ret);

/* Memory that must be free below the chain's address: what pthread_create() may need. */
#define CALL_STACK_ROOM (64 * 1024)
