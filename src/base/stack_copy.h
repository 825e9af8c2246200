#pragma once

#include <stddef.h>
#include <stdint.h>

/* A copy of a part of a stack. */
struct stack_copy {
	uint64_t address; /* of bytes[0] */
	const uint8_t *bytes;
	size_t length; /* 0: there is none */
};

/* How many stacks beside its own a thread's frames may be looked for on. */
#define OTHER_STACKS 3
