#pragma once

#include "unwind/frame_entry.h"
#include "unwind/frame_rules.h"

/*
 * The rules as a program makes them: their expressions are still bytes. The value of an expression
 * is 0, but for the CFA's: there it is the offset from before, which DW_CFA_def_cfa_register goes
 * on with, as in libgcc and libunwind.
 */
struct frame_row {
	struct frame_rules rules;
	struct cursor cfa_expression;
	struct cursor expressions[REGISTER_COUNT];
};

/*
 * Executes the instructions of a function (DWARF 4, 6.4.2, and GNU's additions) up to the address,
 * which lies in it. false: they say nothing of the address that could be relied on. Registers
 * beyond those of struct registers are left out.
 */
bool frame_program_run(const struct common_entry *common, const struct function_entry *function,
	uint64_t address, struct frame_row *ret);
