#pragma once

#include <stddef.h>

#include "base/string_builder.h"

/*
 * How much room UTF-8 text takes on a terminal: two columns for a wide character (East Asian,
 * emoji), none for a mark that combines, one for any other and for each byte that is no UTF-8.
 */
size_t text_columns(const char *text, size_t length);

/* The length of the longest beginning, or end, that takes so many columns at most. */
size_t text_head(const char *text, size_t length, size_t columns);
size_t text_tail(const char *text, size_t length, size_t columns);

/* Appends the text, cut to so many columns, or with blanks behind it up to them. */
void text_append_padded(struct string_builder *builder, const char *text, size_t columns);
