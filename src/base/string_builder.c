#include "base/string_builder.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* Room for length more bytes and the NUL. */
static bool make_room(struct string_builder *builder, size_t length)
{
	struct error *error;

	if (builder->failed)
		return false;
	error = array_reserve(
		(void **)&builder->text, &builder->capacity, builder->length + length + 1, 1);
	builder->failed = error != NULL;
	error_destroy(error);
	return !builder->failed;
}

void string_append_bytes(struct string_builder *builder, const void *bytes, size_t length)
{
	if (!make_room(builder, length))
		return;
	if (length)
		memcpy(builder->text + builder->length, bytes, length);
	builder->length += length;
	builder->text[builder->length] = '\0';
}

void string_append(struct string_builder *builder, const char *text)
{
	string_append_bytes(builder, text, strlen(text));
}

void string_append_char(struct string_builder *builder, char c)
{
	string_append_bytes(builder, &c, 1);
}

void string_append_format(struct string_builder *builder, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0) {
		builder->failed = true;
		return;
	}
	if (!make_room(builder, (size_t)length))
		return;
	va_start(arguments, format);
	vsnprintf(builder->text + builder->length, (size_t)length + 1, format, arguments);
	va_end(arguments);
	builder->length += (size_t)length;
}

struct error *string_builder_finish(struct string_builder *builder, char **ret)
{
	string_append_bytes(builder, "", 0);
	if (builder->failed)
		return &error_no_memory;
	*ret = builder->text;
	*builder = (struct string_builder){0};
	return NULL;
}

void string_builder_deinit(struct string_builder *builder)
{
	free(builder->text);
	*builder = (struct string_builder){0};
}
