#pragma once

#include <libunwind.h>

#include "unwind/code_step.h"
#include "unwind/file_pages.h"
#include "unwind/unwind.h"

struct unwinder {
	struct module_table *modules;
	unw_addr_space_t space;
	struct file_pages *pages;
	struct code_steps *steps;
	/* The stack that is being unwound ... */
	const struct unwind_input *input;
	struct registers registers; /* of the frame that libunwind began at */
	bool passed_signal;
	/* ... and the step of it that is being made. */
	const struct module *module; /* of its pc; has an image */
	uint32_t reads_left;
	bool failed;
	enum unwind_end failure; /* why, if it failed */
};

/* A word of the copied stack; false: it is not in the copy. */
bool unwind_read_stack(const struct unwind_input *input, uint64_t address, uint64_t *ret);

/* What libunwind calls; the context is the unwinder. */
extern const unw_accessors_t unwind_accessors;
