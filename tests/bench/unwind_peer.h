#pragma once

#include <stddef.h>

#include "capture.h"

/*
 * Another unwinder, as fast as it can be made: on the same copy of a stack of this process, with
 * what it can keep kept, and with the rest of the memory at hand without a system call.
 */
struct unwind_peer {
	const char *name;
	/* Borrows the capture. Both end the program if they fail. */
	void *(*create)(const struct capture *capture);
	/* Follows the stack, and reads the pc of each frame. How many there are. */
	size_t (*follow)(void *peer);
	void (*destroy)(void *peer);
};

extern const struct unwind_peer peer_libunwind_global, peer_libunwind_thread, peer_libdwfl;
