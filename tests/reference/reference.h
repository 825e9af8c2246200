#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arch/registers.h"

/* libunwind, over memory and registers of ours: a second opinion on how a frame is left. */
struct reference;

/* A table in the form of .eh_frame_hdr's: pairs of 4 bytes, relative to base. */
struct reference_table {
	uint64_t start, end; /* of the code that it is about */
	uint64_t base;
	uint64_t entries; /* address of the first */
	uint64_t count;
};

struct reference_source {
	/* false: it is not to be had. Addresses need not be aligned. */
	bool (*read_word)(void *context, uint64_t address, uint64_t *ret);
	/* false: there is none for the address. */
	bool (*find_table)(void *context, uint64_t address, struct reference_table *ret);
	void *context;
};

/* Ends the program if it fails. The source's context is borrowed. */
struct reference *reference_create(const struct reference_source *source);
void reference_destroy(struct reference *reference);

enum reference_step {
	REFERENCE_CALLER,
	REFERENCE_OUTERMOST,
	REFERENCE_NONE,    /* it cannot be told */
	REFERENCE_GUESSED, /* there was no table, so that what comes is worth nothing */
};

/* From a leaf with these registers, which are borrowed until the next start. */
void reference_start(struct reference *reference, const struct registers *leaf);
enum reference_step reference_step(struct reference *reference);

/* Of the frame that was reached; false: undefined, or where it was saved cannot be read. */
bool reference_register(struct reference *reference, int number, uint64_t *ret);
/* Whether the step there was one from a signal frame. */
bool reference_was_interrupted(struct reference *reference);
