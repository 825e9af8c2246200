#pragma once

#include <stdint.h>

#include "arch/call_item.h"

/*
 * limpet's own thread in the target: what it is made of. A borrowed thread goes to agent_launch()
 * once, which starts it with the C library's pthread_create(); from then on calls are ordered
 * through words in memory. It leaves by itself as soon as limpet stops giving signs of life, and
 * takes limpet's memory with it: after its end a task without any memory of its own unmaps it.
 */

/* Layout of the one mapping. The first page becomes executable, and is not written after that. */
#define AGENT_ENTRY               0 /* run-time address of agent_launch() */
#define AGENT_NAME                8 /* AGENT_NAME_TEXT: of the mapping, and of the thread */
#define AGENT_CODE                16
#define AGENT_PARAMETERS          0xf00
#define AGENT_PAGE                0x1000
#define AGENT_BLOCK               0x1000
#define AGENT_UNDO_ARGUMENTS      0x3000
#define AGENT_UNDO_ARGUMENTS_SIZE 0x1000
#define AGENT_ARGUMENTS           0x4000
#define AGENT_ARGUMENTS_SIZE      0xa000
#define AGENT_REAPER_STACK        0xf000 /* its top */
#define AGENT_STACK               0x10000
#define AGENT_STACK_SIZE          0x80000
#define AGENT_SIZE                0x90000

#define AGENT_NAME_TEXT "limpet\0" /* eight bytes */

/* Written by limpet, before the code is run; addresses are run-time ones. */
struct agent_parameters {
	uint64_t area; /* of the mapping */
	uint64_t pthread_create, attribute_init, attribute_set_stack, attribute_set_detached;
	uint64_t attribute_destroy, errno_location;
	uint64_t thread_exit;     /* call_gadgets.thread_exit; 0: the memory stays */
	uint64_t quiet;           /* ns without a sign of life after which it leaves */
	uint64_t musl_attributes; /* 1: they are made as musl lays them out, without functions */
	/* Of the borrowed thread's chain, to be changed as things turn out. */
	uint64_t back;        /* struct call_frame: where the thread goes back to */
	uint64_t back_failed; /* the same, with EINTR */
	uint64_t ending;      /* the register that says which of both */
	uint64_t after;       /* the number of the system call after the launch */
	uint64_t after_arguments[2];
	uint64_t signal_mask, caught_signals, interruption; /* struct call_situation */
};

enum agent_state {
	AGENT_STATE_NONE,
	AGENT_STATE_READY = 1,
	AGENT_STATE_LEAVING = 2, /* takes no more orders */
};

#define AGENT_DESCRIPTORS_MAX 8
#define AGENT_UNDO_MAX        4

/* A function that the agent calls before it leaves: not if something else is there by then. */
struct agent_undo {
	struct call_item item;
	uint64_t code; /* the first bytes of the function */
};

/* Read and written by both sides while the thread lives; zeros at first. */
struct agent_block {
	uint64_t state;
	uint64_t thread;        /* its TID, as the process sees it */
	uint64_t launch_result; /* pthread_create()'s, and what prepares it */
	/* CLOCK_MONOTONIC, s and ns: when the borrowed thread was done, and out of limpet's code.
	 */
	uint64_t launched_at[2];
	uint64_t sign_of_life; /* limpet changes it again and again */
	uint64_t leave;        /* 1: limpet wants it gone */
	uint64_t order;        /* limpet: number of the order given last */
	uint64_t done;         /* the agent: number of the one whose results are there */
	uint64_t count;
	struct call_item items[CALL_COUNT_MAX];
	uint64_t returned_at[2];
	uint64_t descriptors[AGENT_DESCRIPTORS_MAX]; /* number + 1 of each to be closed */
	uint64_t undo_count;                         /* written last */
	struct agent_undo undo[AGENT_UNDO_MAX];
	uint64_t attribute[16]; /* pthread_attr_t */
};

_Static_assert(AGENT_PARAMETERS + sizeof(struct agent_parameters) <= AGENT_PAGE, "overlap");
_Static_assert(AGENT_BLOCK + sizeof(struct agent_block) <= AGENT_UNDO_ARGUMENTS, "overlap");

/* The code: position-independent; parameters fit behind it. */
const void *agent_code(uint64_t *ret_length, uint64_t *ret_entry);

/*
 * Where the mapping at area has void (*)(void *descriptor, const char *text), which writes a text
 * to a descriptor of the process.
 */
uint64_t agent_write_address(uint64_t area);
