#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What a call took, for info and for the user's eyes. */
struct call_report {
	pid_t thread; /* that made it; 0: no call was made */
	char thread_name[16];
	bool own;          /* by limpet's own thread: none of the program's was needed */
	uint64_t held;     /* ns that the thread was stopped, for the commit; own: 0 */
	uint64_t borrowed; /* ns from the commit until it had all results; own: 0 */
	uint64_t duration; /* ns from the order until all results were there */
};

/* Asked while waiting for a call: true gives up waiting, and leaves it to end by itself. */
struct call_wait {
	bool (*interrupted)(void *context); /* or NULL */
	void *context;
};
