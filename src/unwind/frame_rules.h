#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arch/registers.h"

/*
 * How the registers of a frame's caller are found from its own: a row of the table that call frame
 * information describes (DWARF 4, 6.4.1). CFA: the canonical frame address.
 */

enum frame_rule {
	RULE_SAME, /* the caller has what the frame has */
	RULE_UNDEFINED,
	RULE_AT_CFA,            /* in memory, at CFA + value */
	RULE_IS_CFA,            /* CFA + value itself */
	RULE_REGISTER,          /* in the frame's register of that number */
	RULE_AT_EXPRESSION,     /* in memory, where the expression of that number says */
	RULE_IS_EXPRESSION,     /* what the expression says */
	RULE_CFA_FROM_REGISTER, /* of the CFA alone: a register + value */
};

struct frame_rules {
	uint32_t changed; /* a bit for each register whose rule is not RULE_SAME */
	int32_t cfa_value;
	uint8_t cfa_rule; /* RULE_CFA_FROM_REGISTER or RULE_IS_EXPRESSION */
	uint8_t cfa_register;
	uint8_t is_signal_frame; /* the caller was interrupted: its pc is no return address */
	uint8_t switches_stack;  /* the caller's may be another one */
	uint8_t skips_caller;    /* what is found is the caller's caller */
	uint8_t caller_goes_on;  /* its pc is where it goes on, and lies behind no call */
	uint8_t reserved;
	uint8_t rules[REGISTER_COUNT];
	int32_t values[REGISTER_COUNT];
};

/* They are compared by their bytes. */
_Static_assert(sizeof(struct frame_rules) == 32 + 4 * REGISTER_COUNT, "no gaps");
