#pragma once

#include <stdint.h>

#include "arch/registers.h"
#include "base/array.h"
#include "base/error.h"
#include "base/reader.h"
#include "base/stack_copy.h"
#include "elf/modules.h"

/* Why a stack ended. Everything but UNWIND_COMPLETE is a truncated stack. */
enum unwind_end {
	UNWIND_COMPLETE,        /* the thread's or the program's start */
	UNWIND_STACK_TOO_SHORT, /* a frame lies beyond the copy of the stack */
	UNWIND_NO_MODULE,       /* a pc outside every known module */
	UNWIND_NO_RULES,        /* no unwind information for a pc */
	UNWIND_BAD_FRAME,       /* rules that lead nowhere: the stack pointer does not grow, ... */
	UNWIND_TOO_DEEP,        /* more than UNWIND_DEPTH_MAX frames */
	UNWIND_OTHER_STACK,     /* on a stack that there is no copy of: unwind_result.missing */
	UNWIND_UNKNOWN,         /* by a register that is not known: unwind_input.unknown */
	UNWIND_END_COUNT,
};

#define UNWIND_DEPTH_MAX 16384

/* One phrase for each, such as "stack larger than the copy". */
const char *unwind_end_text(enum unwind_end end);

/* The registers and the stack bytes from sp (less the red zone) on, as they were in one stop. */
struct unwind_input {
	struct registers registers;
	uint32_t unknown;       /* a bit for each register that could not be read */
	uint64_t stack_address; /* of stack[0] */
	const uint8_t *stack;
	size_t stack_length;
	struct stack_copy others[OTHER_STACKS]; /* on which the first one may go on */
};

/*
 * Run-time addresses, leaf first. The leaf is the pc itself; every other is the return address
 * minus one (not after a signal frame), so that it lies in the call. Reused from stack to stack.
 */
struct unwind_result {
	struct u64_array addresses;
	enum unwind_end end;
	bool signal_frame;     /* a signal handler is on the stack */
	bool by_code;          /* some callers were found without unwind information: code_step.h */
	bool by_frame_pointer; /* ... by the frame pointer alone: a frame may be left out */
	bool on_other_stack;   /* it went on there before it ended */
	uint64_t missing;      /* an address on the stack of which there is no copy */
	uint64_t reached;      /* the stack pointer of the last frame */
};

/*
 * Goes by the call frame information of the modules' files, whose rules it keeps for each address;
 * where there is none, by the code; at last by the frame pointer.
 */
struct unwinder;

/* The table is borrowed, and must outlive the unwinder. */
struct error *unwinder_create(struct module_table *modules, struct unwinder **ret) MUST_CHECK;
void unwinder_destroy(struct unwinder *unwinder); /* takes NULL */

/* To be called after the module table changed: forgets cached rules. */
void unwinder_modules_changed(struct unwinder *unwinder);

/* Brings the module table up to date with the mappings, and the cached rules with it. */
struct error *unwinder_update_modules(
	struct unwinder *unwinder, const struct mappings *mappings, bool *ret_changed) MUST_CHECK;

/* An error is lack of memory alone: a stack that cannot be followed is a result. */
struct error *unwind_stack(struct unwinder *unwinder, const struct unwind_input *input,
	struct unwind_result *result) MUST_CHECK;
void unwind_result_deinit(struct unwind_result *result);
