#pragma once

#include "base/array.h"
#include "unwind/frame_entry.h"

/*
 * The addresses at which the rows of a function's table begin, its start among them, in the order
 * of the instructions (DWARF 4, 6.4.2). Those that are not understood end the list. *ret_vector:
 * some are about registers beyond those of struct registers.
 */
struct error *list_rows(const struct common_entry *common, const struct function_entry *function,
	struct u64_array *ret, bool *ret_vector) MUST_CHECK;
