#pragma once

#include "unwind/unwind.h"

/* A stack of the calling thread, taken as a sampler would take that of another process. */
struct capture {
	struct unwind_input input;
	struct u8_array bytes;    /* input.stack */
	struct u64_array returns; /* what glibc's backtrace() says, leaf first */
};

/* Never inlined: its own frame is the leaf. Ends the program if it fails. */
void capture_stack(struct capture *ret);
void capture_deinit(struct capture *capture);

/* The modules of the calling process. Ends the program if it fails. */
struct module_table *capture_modules(void);
