#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What a process may try that has been taken over. */
struct attempt {
	const char *name;
	bool (*succeeds)(int parent);
	bool server, client; /* whether it is to succeed in that profile */
};

extern const struct attempt attempts[];
extern const size_t attempt_count;
