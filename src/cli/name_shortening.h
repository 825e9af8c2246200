#pragma once

#include <stddef.h>

#include "base/string_builder.h"

/*
 * Appends the name of a function in so many columns at most (text_columns.h), with what tells most
 * of it. As far as it is too long: without a C++ function's parameters; then with ".." for what
 * stands between angle brackets behind a name; then with ".." for its middle, of which more goes to
 * the end, where the function's own name is.
 */
void name_append_shortened(struct string_builder *builder, const char *name, size_t columns);
