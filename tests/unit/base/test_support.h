#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

static inline void assert_success(struct error *error)
{
	if (error)
		fail_msg("%s", error->message);
}

/* Takes the error. The hint may be NULL. */
static inline void assert_error(
        struct error *error, enum error_kind kind, const char *message, const char *hint)
{
	assert_non_null(error);
	assert_string_equal(error->message, message);
	assert_int_equal(error->kind, kind);
	if (hint) {
		assert_non_null(error->hint);
		assert_string_equal(error->hint, hint);
	} else {
		assert_null(error->hint);
	}
	error_destroy(error);
}
