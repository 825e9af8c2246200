#pragma once

#include <stddef.h>
#include <stdint.h>

/* FNV-1a, 64 bits, with a final mix so that the low bits can index a table. */
uint64_t hash_bytes(const void *bytes, size_t length);
