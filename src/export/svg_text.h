#pragma once

#include <stddef.h>

#include "base/string_builder.h"

/* Text that has to be printable UTF-8 already, with what means something in XML escaped. */
void svg_append_escaped(struct string_builder *svg, const char *text, size_t length);

/* Text of any kind, from a profile or the caller. */
void svg_append_text(struct string_builder *svg, const char *text);
