#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/string_builder.h"

/*
 * Names come from a target or a file and may hold anything. UTF-8 as in RFC 3629: no overlong
 * forms, no surrogates.
 */

/* The length of the first character, 1 to 4, or 0 if the bytes are no UTF-8. length is not 0. */
size_t utf8_decode(const char *text, size_t length, uint32_t *ret);

bool utf8_is_valid(const char *text, size_t length);

/* Appends the text with U+FFFD for NULs and what is no UTF-8. */
void utf8_append(struct string_builder *builder, const char *text, size_t length);

/* As utf8_append(), and U+FFFD for what must not reach a terminal or an XML file: control codes,
 * marks that change the direction of writing, line separators, non-characters. */
void utf8_append_printable(struct string_builder *builder, const char *text, size_t length);
