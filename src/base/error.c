#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char no_memory_message[] = "out of memory";

struct error error_no_memory = {
	.kind = ERROR_NO_MEMORY,
	.message = no_memory_message,
};

/* Takes ownership of message, which may be NULL when memory ran out. */
static struct error *error_wrap(enum error_kind kind, char *message)
{
	struct error *error = message ? malloc(sizeof(*error)) : NULL;

	if (!error) {
		free(message);
		return &error_no_memory;
	}
	*error = (struct error){.kind = kind, .message = message};
	return error;
}

FORMAT_PRINTF(1, 0) static char *format_text(const char *format, va_list arguments)
{
	char *text;

	return vasprintf(&text, format, arguments) < 0 ? NULL : text;
}

struct error *error_create(enum error_kind kind, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *message = format_text(format, arguments);
	va_end(arguments);
	return error_wrap(kind, message);
}

static enum error_kind kind_of_errno(int number)
{
	switch (number) {
	case ENOMEM:
		return ERROR_NO_MEMORY;
	case ENOENT:
		return ERROR_NOT_FOUND;
	case ESRCH:
		return ERROR_GONE;
	case EPERM:
	case EACCES:
		return ERROR_DENIED;
	default:
		return ERROR_FAILED;
	}
}

struct error *error_from_errno(int number, const char *format, ...)
{
	va_list arguments;
	char *message;

	va_start(arguments, format);
	char *what = format_text(format, arguments);
	va_end(arguments);
	if (!what || asprintf(&message, "%s: %s", what, strerror(number)) < 0)
		message = NULL;
	free(what);
	return error_wrap(kind_of_errno(number), message);
}

struct error *error_add_context(struct error *error, const char *format, ...)
{
	va_list arguments;
	char *message;

	if (error == &error_no_memory)
		return error;
	va_start(arguments, format);
	char *context = format_text(format, arguments);
	va_end(arguments);
	if (context && asprintf(&message, "%s: %s", context, error->message) >= 0) {
		free(error->message);
		error->message = message;
	}
	free(context);
	return error;
}

struct error *error_set_hint(struct error *error, const char *format, ...)
{
	va_list arguments;

	if (error == &error_no_memory)
		return error;
	va_start(arguments, format);
	char *hint = format_text(format, arguments);
	va_end(arguments);
	if (hint) {
		free(error->hint);
		error->hint = hint;
	}
	return error;
}

void error_destroy(struct error *error)
{
	if (!error || error == &error_no_memory)
		return;
	free(error->message);
	free(error->hint);
	free(error);
}

struct error *error_unless(struct error *error, enum error_kind kind)
{
	if (!error || error->kind != kind)
		return error;
	error_destroy(error);
	return NULL;
}

void cleanup_error(struct error **error)
{
	error_destroy(*error);
}
