#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Frames that are left as libunwind leaves them, and those that are not, by why that is known. */
enum outcome {
	OUTCOME_SAME,
	OUTCOME_OUTERMOST,     /* for both there is no caller */
	OUTCOME_NONE,          /* for both it cannot be told */
	OUTCOME_FRAME_POINTER, /* with an undefined frame pointer libunwind takes a frame for the
				  last */
	OUTCOME_VECTOR,        /* libunwind refuses functions with rules of vector registers */
	OUTCOME_CUT,           /* of a whole stack: the copy is too short for both */
	OUTCOME_NO_TABLE,      /* ... code without .eh_frame: up to there both are the same */
	OUTCOME_DIFFERENT,
	OUTCOME_COUNT,
};

struct tally {
	uint64_t files, functions, frames, threads;
	uint64_t outcomes[OUTCOME_COUNT];
	uint64_t undefined;      /* registers that have no value for both */
	uint64_t lost;           /* ... that neither can read */
	uint64_t stack_pointers; /* rules of their own for rsp: libunwind has none but the CFA */
	uint64_t shadowed;       /* functions that another one overlaps: which counts is not said */
	uint64_t outside;        /* functions that lie in no code of the file */
};

/* Says what differs; of many, only the first. */
void report_difference(struct tally *tally, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Leaves frames of invented registers and stack at the first and the last byte of every row of the
 * .eh_frame of a file. function_limit: so many functions of it at most, from all over; 0: all.
 * What is no ELF file for this machine, or has no .eh_frame, is not counted.
 */
struct files_check;
struct files_check *files_check_create(void);
void files_check_destroy(struct files_check *check);
void files_check_run(
	struct files_check *check, const char *path, size_t function_limit, struct tally *tally);

/* Follows the stacks of all threads of a process, so many times. */
void process_check_run(int pid, unsigned rounds, struct tally *tally);

/* Ends the program over an error that is not about what is checked; takes NULL. */
struct error;
void must(struct error *error);
