#pragma once

#include <stdbool.h>

#include "arch/registers.h"
#include "unwind/unwind.h"

struct unwinder;

/*
 * What is known of functions without unwind information, by the address at which they go on. One
 * C library, musl, is built without any.
 */
struct code_steps;

struct error *code_steps_create(struct code_steps **ret) MUST_CHECK;
void code_steps_destroy(struct code_steps *steps); /* takes NULL */
void code_steps_forget(struct code_steps *steps);  /* before an image is closed */

enum code_step {
	CODE_STEP_CALLER,
	CODE_STEP_OUTERMOST, /* it has no caller */
	CODE_STEP_TOO_SHORT, /* the return address is beyond the copy of the stack */
	CODE_STEP_NONE,      /* the caller cannot be told for certain */
};

/*
 * From a frame to its caller by the code of the function (arch/code_walk.h). A return address must
 * lie behind a call; of a call within the same file, the called function is followed from its
 * entry, too, and where it leads to the frame it must have left the return address there. What the
 * first function of a thread or of the program returns goes to pthread_exit() or exit(): that is
 * the end. *ret has the caller's pc, stack pointer and preserved registers.
 */
enum code_step code_step(
	struct unwinder *unwinder, const struct registers *frame, struct registers *ret);

/*
 * Whether the run-time address lies behind a call instruction, or in memory without a file, of
 * which only the process has the code.
 */
bool code_is_behind_call(struct unwinder *unwinder, uint64_t address);
