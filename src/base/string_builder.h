#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * Text that grows. Running out of memory is remembered, and reported once, by
 * string_builder_finish(), so that the appends need no checks. A zeroed struct is empty.
 */
struct string_builder {
	char *text; /* always NUL-terminated once something was appended */
	size_t length;
	size_t capacity;
	bool failed;
};

#define STRING_BUILDER(name) CLEANUP(string_builder_deinit) struct string_builder name = {0}

void string_append(struct string_builder *builder, const char *text);
void string_append_bytes(struct string_builder *builder, const void *bytes, size_t length);
void string_append_char(struct string_builder *builder, char c);
void string_append_format(struct string_builder *builder, const char *format, ...)
	FORMAT_PRINTF(2, 3);

/* Hands the text to the caller (to be freed) and empties the builder. */
struct error *string_builder_finish(struct string_builder *builder, char **ret) MUST_CHECK;
void string_builder_deinit(struct string_builder *builder);
