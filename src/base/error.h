#pragma once

#include "base/attributes.h"

/*
 * Every function that can fail returns a struct error *: NULL is success. The caller owns the
 * error and either passes it on, after adding context, or destroys it. Out parameters come last,
 * are named ret, and are written on success only.
 */

enum error_kind {
	ERROR_FAILED, /* has no kind of its own */
	ERROR_NO_MEMORY,
	ERROR_USAGE, /* the caller's words make no sense */
	ERROR_NOT_FOUND,
	ERROR_GONE, /* the target or thread does not exist any more */
	ERROR_DENIED,
	ERROR_UNSUPPORTED, /* cannot be done with this target, file or machine */
	ERROR_MALFORMED,   /* data from outside that breaks the rules of its format */
	ERROR_INTERRUPTED, /* the user asked to stop */
};

struct error {
	enum error_kind kind;
	char *message; /* what happened, and why; no newline, no full stop */
	char *hint;    /* what to do about it, or NULL */
};

/* The one error that needs no memory; error_destroy() leaves it alone. */
extern struct error error_no_memory;

struct error *error_create(enum error_kind kind, const char *format, ...) FORMAT_PRINTF(2, 3)
	MUST_CHECK;

/* "formatted message: strerror(number)"; the kind follows from the errno value. */
struct error *error_from_errno(int number, const char *format, ...) FORMAT_PRINTF(2, 3) MUST_CHECK;

/* Puts "formatted context: " before the message. Returns the same error. */
struct error *error_add_context(struct error *error, const char *format, ...) FORMAT_PRINTF(2, 3)
	MUST_CHECK;

/* Says what the user can do; replaces an earlier hint. Returns the same error. */
struct error *error_set_hint(struct error *error, const char *format, ...) FORMAT_PRINTF(2, 3)
	MUST_CHECK;

/* Takes NULL. */
void error_destroy(struct error *error);

/* For what is an outcome: an error of that kind is destroyed, any other handed on. Takes NULL. */
struct error *error_unless(struct error *error, enum error_kind kind) MUST_CHECK;

/* For CLEANUP(). */
void cleanup_error(struct error **error);
