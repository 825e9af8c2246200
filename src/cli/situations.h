#pragma once

#include <stddef.h>
#include <stdio.h>

/* What happens in a night on call, and the commands for it: `help night`, and the man page. */
struct situation {
	const char *title; /* a sentence of the one who was called; no full stop */
	const char *text;  /* what to look at, and what it tells */
	const char *const
		*commands; /* lines for a shell, with a comment if need be; ended by NULL */
};

const struct situation *situations(size_t *count);

/* The help's topic. */
void situations_print(FILE *stream);
