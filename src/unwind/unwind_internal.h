#pragma once

#include "unwind/code_step.h"
#include "unwind/file_pages.h"
#include "unwind/frame_tables.h"
#include "unwind/rule_cache.h"
#include "unwind/unwind.h"

struct unwinder {
	struct module_table *modules;
	struct file_pages *pages;
	struct frame_tables *tables;
	struct code_steps *steps;
	struct rule_cache cache;
	/* The stack that is being unwound. */
	const struct unwind_input *input;
	bool passed_signal;
	enum unwind_end lost; /* why registers are: too short a copy, or else broken frames */
	unsigned int switches; /* from stack to stack, so far */
	uint64_t missing;      /* the last word that was not in the copies */
	const struct module
		*module; /* of the frame at hand, where it was looked up; has an image */
};

/* A frame on the way. */
struct frame {
	struct registers registers;
	uint32_t unknown; /* as in struct unwind_input */
	/* It was interrupted, or is the leaf: its pc is not a return address. */
	bool interrupted;
};

/* An address inside the instruction that is executing or calling. */
static inline uint64_t frame_address(const struct frame *frame)
{
	return registers_pc(&frame->registers) - !frame->interrupted;
}

/* A word of the copied stack; false: it is not in the copy. */
bool unwind_read_stack(const struct unwind_input *input, uint64_t address, uint64_t *ret);

/* Why a word that a frame's caller was to be found by is not in the copy. */
enum unwind_end unwind_why_unreadable(const struct unwinder *unwinder, uint64_t address);

/*
 * The caller's registers by the rules of a frame. UNWIND_COMPLETE: they are found, but for those
 * that remain unknown, or are lost because where they were saved cannot be read; neither the stack
 * pointer nor the pc is one of them.
 */
enum unwind_end frame_step(struct unwinder *unwinder, const struct frame_rules *rules,
	const struct registers *frame, struct registers *ret, uint32_t *unknown);

/*
 * The caller's by the frame pointer (x86-64 psABI 3.2.2), where nothing else is known: a pair of
 * the caller's frame pointer and the return address, which must lie behind a call. Between the
 * start of a function and its pair, the function's caller is left out.
 */
enum unwind_end frame_pointer_step(struct unwinder *unwinder, const struct registers *frame,
	struct registers *ret, bool *ret_outermost);
