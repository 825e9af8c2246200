#pragma once

#include "base/cursor.h"
#include "base/error.h"
#include "elf/image.h"

/*
 * The table that Go's runtime itself goes by (pclntab): of each function its name, and how many
 * bytes it has pushed at each of its addresses. It stays in stripped programs. Source of the
 * format: src/runtime/symtab.go, src/cmd/link/internal/ld/pcln.go and src/debug/gosym/pclntab.go of
 * Go 1.16 to 1.26. All addresses are the file's own.
 */
struct go_functions;

struct go_function {
	uint64_t start, end;
	const char *name;      /* borrowed from the table; "" if it is not in there */
	uint32_t stack_deltas; /* where the table has them; 0: nowhere */
	bool top_frame;        /* it has no caller: the start of a stack */
	/* It sets the stack pointer otherwise than by adding to it: the deltas may not hold. */
	bool writes_stack_pointer;
};

/* What the start of a table says. */
struct go_header {
	uint32_t magic;
	uint64_t count;     /* of the functions */
	uint64_t text;      /* to which entries are relative; 0: not said here (Go 1.26) */
	uint64_t names;     /* offset of the names */
	uint64_t pc_values; /* offset of what is said for each pc */
	uint64_t entries;   /* offset of the entries, sorted by address */
	uint32_t quantum;   /* the shortest instruction's length */
	bool relative;      /* entries are relative to the text */
};

/* What has to be read to tell whether a table begins there. */
#define GO_HEADER_SIZE 72

/* false: no table of Go 1.2 to 1.26 for 64 bits, little endian, begins with these bytes. */
bool go_header_parse(const void *bytes, size_t length, struct go_header *ret);

/*
 * Takes over the bytes, also on failure. text is used where the header says 0. ERROR_MALFORMED: the
 * entries do not lie in the table, or it is not known what they are relative to.
 */
struct error *go_functions_create(struct u8_array *bytes, uint64_t text, struct go_functions **ret)
	MUST_CHECK;
void go_functions_destroy(struct go_functions *functions); /* takes NULL */

/*
 * The table of a file: .gopclntab, or wherever in its data it lies. Read at first use and kept by
 * the image. NULL if there is none, or it cannot be read.
 */
const struct go_functions *elf_image_go_functions(struct elf_image *image);

/* The function that contains the address. */
bool go_functions_find(
	const struct go_functions *functions, uint64_t address, struct go_function *ret);

/*
 * How far the stack pointer lies below the return address when the instruction at the address, in
 * the function, is about to be executed. For a return address ask with the one before it.
 */
bool go_function_stack_delta(const struct go_functions *functions,
	const struct go_function *function, uint64_t address, int32_t *ret);

/* The first address of the function at which it has pushed something, and how many bytes. */
bool go_function_first_push(const struct go_functions *functions,
	const struct go_function *function, uint64_t *ret_address, int32_t *ret_delta);
