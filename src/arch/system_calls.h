#pragma once

#include <stdint.h>

/* "futex"; NULL: not known. */
const char *system_call_name(int64_t number);
