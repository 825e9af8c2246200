#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arch/registers.h"
#include "base/cursor.h"

/* A word of the target's memory. false: it is not to be had. */
typedef bool read_word_function(void *context, uint64_t address, uint64_t *ret);

struct expression_input {
	const struct registers *registers; /* of the frame */
	uint32_t unknown;                  /* a bit for each of them that must not be used */
	/* What is on the expression's stack at the start: the CFA; NULL: nothing. */
	const uint64_t *start;
	read_word_function *read_word;
	void *context;
};

/*
 * Evaluates an expression (DWARF 4, 2.5.1) of call frame information. false: it has an operation
 * that has no place there (6.4.2), a stack too deep or empty, more steps than any sensible one, or
 * reads memory that is not to be had.
 */
bool frame_expression_evaluate(
	struct cursor expression, const struct expression_input *input, uint64_t *ret);
