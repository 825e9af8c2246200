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

static void what_becomes_of_a_wait(void **state)
{
	static const struct {
		const char *version;
		bool since_5_3;
		enum sample_wait wait;
	} cases[] = {
		{"4.5.0-0-g04380e79f1e2428bd0ad000bbc6e3d2dfc6b66a5", false, SAMPLE_WAIT_DRAWN},
		{"5.1.0-0-g61efbda7098de6fe64c362d309824864308c36d4", false, SAMPLE_WAIT_DRAWN},
		{"5.2.0-0-gb0b3e49a54ec29e32636f4577d9d5a896d67fd20", false, SAMPLE_WAIT_LOST},
		{"5.2.1-0-gea6b3e973b477b8061e0076bb257dbd7f3faa756", false, SAMPLE_WAIT_LOST},
		{"5.2.1-2-g172143a2979d9d948035423ce347e35cd1388fc3", false, SAMPLE_WAIT_KEPT},
		{"5.3.0-0-g54eaed1d8b56b1aa528be3bdd1877e59c56fa90c", true, SAMPLE_WAIT_KEPT},
		{"0.0.0-0-g0000000000000000000000000000000000000000", true, SAMPLE_WAIT_KEPT},
		{NULL, false, SAMPLE_WAIT_DRAWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			profiler_sample_wait(cases[i].version, cases[i].since_5_3), cases[i].wait);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_profiler_that_was_not_built_in),
		cmocka_unit_test(a_profiler_that_was_not_switched_on_at_start),
		cmocka_unit_test(a_profiler_that_can_be_used),
		cmocka_unit_test(what_becomes_of_a_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
