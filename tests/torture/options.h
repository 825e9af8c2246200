#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sender.h"

struct options {
	const char *limpet;
	const char *script;     /* of limpet's commands */
	const char *messages;   /* a file for all that limpet prints */
	pid_t pid;              /* of the target */
	int input;              /* descriptor of the target's stdin */
	const char *output;     /* the file that the target prints to */
	unsigned long runs;     /* at most */
	unsigned long kills;    /* that are enough; 0: no number is */
	unsigned long together; /* limpets at once */
	unsigned long interval; /* runs between two checks */
	const char *modes;      /* letters: see torturer.c */
	uint64_t seed;
	bool allocates; /* the target's own allocator may take memory */
	bool quiets;    /* the target knows "quiet" and "go" */
	struct sender_plan signals;
};

/* Ends the program with a usage line where they make no sense. */
void options_parse(int count, char **arguments, struct options *ret);
