#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "jemalloc/profiler.h"

static struct error *require(const char *prefix, bool built_in, bool enabled)
{
	char text[16], path[] = "/usr/bin/app";
	struct jemalloc_instance instance = {.prefix = text, .path = path};
	struct jemalloc jemalloc = {.instance = &instance};
	struct profiler_status status = {.built_in = built_in, .enabled = enabled};

	strcpy(text, prefix);
	return profiler_require(&jemalloc, &status);
}

static void a_profiler_that_was_not_built_in(void **state)
{
	struct error *error = require("", false, false);

	(void)state;
	assert_non_null(error);
	assert_int_equal(error->kind, ERROR_UNSUPPORTED);
	assert_string_equal(
		error->message, "the jemalloc in /usr/bin/app was built without its heap profiler");
	assert_string_equal(error->hint,
		"link one that was configured with --enable-prof: Debian's libjemalloc2 has it "
		"(LD_PRELOAD), in Rust it is the feature 'profiling' of tikv-jemallocator");
	error_destroy(error);
}

static void assert_variable(const char *prefix, const char *assignment)
{
	struct error *error = require(prefix, true, false);

	assert_non_null(error);
	assert_int_equal(error->kind, ERROR_UNSUPPORTED);
	assert_string_equal(error->message,
		"the heap profiler of the jemalloc in /usr/bin/app was not switched on when the "
		"process started (opt.prof is false), and cannot be since");
	assert_non_null(strstr(error->hint, assignment));
	error_destroy(error);
}

static void a_profiler_that_was_not_switched_on_at_start(void **state)
{
	(void)state;
	assert_variable("", "with MALLOC_CONF=prof:true,prof_active:false in its environment");
	assert_variable("_rjem_", "with _RJEM_MALLOC_CONF=prof:true,prof_active:false in its");
	assert_variable("je_", "with JE_MALLOC_CONF=prof:true,prof_active:false in its");
}

static void a_profiler_that_can_be_used(void **state)
{
	(void)state;
	assert_null(require("", true, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_profiler_that_was_not_built_in),
		cmocka_unit_test(a_profiler_that_was_not_switched_on_at_start),
		cmocka_unit_test(a_profiler_that_can_be_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
