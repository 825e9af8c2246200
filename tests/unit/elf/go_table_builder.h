#pragma once

#include <stdbool.h>

#include "base/array.h"

#define BUILT_GO_STEPS_MAX 6

/* A number of bytes pushed, which holds up to an offset from the function's start. */
struct built_go_step {
	uint32_t delta, end;
};

struct built_go_function {
	const char *name;
	uint64_t start;
	uint8_t flags; /* 1: top frame, 2: writes the stack pointer */
	struct built_go_step steps[BUILT_GO_STEPS_MAX]; /* up to the first that ends at 0 */
};

struct built_go_table {
	uint32_t magic;
	uint64_t text;         /* what entries are relative to, from Go 1.18 on */
	bool text_is_not_said; /* as from Go 1.26 on */
	const struct built_go_function *functions;
	size_t count;
	uint64_t end; /* of the last function */
};

#define BUILT_GO_2  0xfffffffb
#define BUILT_GO_16 0xfffffffa
#define BUILT_GO_18 0xfffffff0
#define BUILT_GO_20 0xfffffff1

/* Go's table of functions in the format of a version. Ends the program if memory runs out. */
struct u8_array build_go_table(const struct built_go_table *plan);
