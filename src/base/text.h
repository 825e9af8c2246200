#pragma once

#include "base/array.h"
#include "base/error.h"
#include "base/string_builder.h"

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
