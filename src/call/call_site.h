#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"

/*
 * The function that the call instruction before a return address leads to: read from the code,
 * through the procedure linkage table and the global offset table where it goes that way. It tells
 * which function a frame without a name began as: the C library's exported ones often jump into
 * others that have no name. x86-64: call rel32, call *slot(%rip); jmp *slot(%rip) in the table.
 */
bool call_site_target(const struct memory_reader *reader, uint64_t return_address, uint64_t *ret);
