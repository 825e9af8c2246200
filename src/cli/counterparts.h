#pragma once

#include <stddef.h>
#include <stdio.h>

/* What an option or a command of another tool is here. */
struct counterpart {
	const char *theirs; /* NULL: ours is a heading */
	const char *ours;
};

/* A table of them. */
void counterparts_print(FILE *stream, const struct counterpart *counterparts, size_t count);
