#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/error.h"
#include "profile/profile.h"

/*
 * Folded stacks, one a line: "root;...;leaf VALUE", as Brendan Gregg's FlameGraph and those after
 * it read them (https://github.com/brendangregg/FlameGraph).
 */

/*
 * Writes one value type (NULL: the default), sorted. In names a semicolon becomes a colon. Equal
 * lines are one, zeros are left out; "[no stack]" stands for samples without frames.
 */
struct error *folded_write(
	const struct profile *profile, const char *value_type, struct u8_array *ret) MUST_CHECK;

/* Whether the first line looks like it. */
bool folded_recognize(const void *bytes, size_t length);

/*
 * Makes a profile with the value type samples/count and a named location for each name.
 * ERROR_MALFORMED: empty, or a line without a stack or a whole number; the line is named.
 */
struct error *folded_read(const void *bytes, size_t length, struct profile **ret) MUST_CHECK;
