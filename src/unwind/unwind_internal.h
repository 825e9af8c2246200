#pragma once

#include <libunwind.h>

#include "unwind/file_pages.h"
#include "unwind/unwind.h"

struct unwinder {
	struct module_table *modules;
	unw_addr_space_t space;
	struct file_pages *pages;
	/* The stack that is being unwound ... */
	const struct unwind_input *input;
	bool passed_signal;
	/* ... and the step of it that is being made. */
	const struct module *module; /* of its pc; has an image */
	uint32_t reads_left;
	bool failed;
	enum unwind_end failure; /* why, if it failed */
};

/* What libunwind calls; the context is the unwinder. */
extern const unw_accessors_t unwind_accessors;
