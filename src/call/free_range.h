#pragma once

#include <stddef.h>

#include "base/error.h"
#include "target/target.h"

/* Addresses that nothing is mapped at, far from all that grows. ERROR_UNSUPPORTED: there are none.
 */
struct error *find_free_range(struct target *target, size_t length, uint64_t *ret) MUST_CHECK;
