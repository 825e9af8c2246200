#pragma once

#include <stddef.h>

#include "base/string_builder.h"

/*
 * Appends the name of a function in so many columns at most (text_columns.h), with what tells most
 * of it. As far as it is too long: its short form (symbolize/short_name.h); then with ".." for the
 * middle of that, of which more goes to the end, where the function's own name is.
 */
void name_append_shortened(struct string_builder *builder, const char *name, size_t columns);
