#pragma once

#include <errno.h>
#include <stdint.h>

/* One of several calls that are made one after another in the target. */
struct call_item {
	uint64_t function; /* run-time address; 0: a system call */
	uint64_t number;   /* of the system call */
	uint64_t arguments[6];
	uint64_t first_from; /* n: the first argument is the result of item n - 1; 0: as given */
	uint64_t opens;      /* 1: its result is a descriptor, to be closed if nobody else does */
	/* n: a function to be called only if the lower half of item n - 1's result is this. */
	uint64_t only_if_from, only_if_value;
	uint64_t result;
};

/* The result of what was not called. */
#define CALL_NOT_MADE ((uint64_t)-ECANCELED)

#define CALL_COUNT_MAX 24
