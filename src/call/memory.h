#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whole reads and writes by address, over a descriptor of target_open_memory(). false: not whole.
 */
bool memory_get(int memory, uint64_t address, void *ret, size_t length);
bool memory_put(int memory, uint64_t address, const void *bytes, size_t length);
