#pragma once

#include <stdbool.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/string_builder.h"

/* Whether there is more before it, too: "cpu.svg" of ".svg", but not ".svg". */
static inline bool text_ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length > end_length && strcmp(text + length - end_length, end) == 0;
}

/* Whether it is decimal digits, at least one, and nothing else. */
static inline bool text_is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

/* Hands the text to the caller as bytes, without the NUL, and empties the builder. */
static inline MUST_CHECK struct error *text_finish(
	struct string_builder *builder, struct u8_array *ret)
{
	size_t length = builder->length;
	char *text;
	struct error *error = string_builder_finish(builder, &text);

	if (!error)
		*ret = (struct u8_array){(uint8_t *)text, length, length + 1};
	return error;
}
