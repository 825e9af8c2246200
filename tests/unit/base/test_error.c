#include "test_support.h"

#include <errno.h>

static void create_formats_the_message(void **state)
{
	(void)state;
	assert_error(error_create(ERROR_USAGE, "no such command '%s' (%d)", "hep", 3), ERROR_USAGE,
		"no such command 'hep' (3)", NULL);
}

static void context_comes_before_the_message(void **state)
{
	struct error *error = error_create(ERROR_MALFORMED, "expected a number");

	(void)state;
	assert_ptr_equal(error_add_context(error, "line %d", 7), error);
	assert_ptr_equal(error_add_context(error, "'%s'", "a.heap"), error);
	assert_error(error, ERROR_MALFORMED, "'a.heap': line 7: expected a number", NULL);
}

static void context_keeps_kind_and_hint(void **state)
{
	struct error *error = error_create(ERROR_DENIED, "no");

	(void)state;
	error = error_set_hint(error, "ask %s", "root");
	error = error_add_context(error, "100%% of it");
	assert_error(error, ERROR_DENIED, "100% of it: no", "ask root");
}

static void a_later_hint_replaces_the_earlier(void **state)
{
	struct error *error = error_create(ERROR_FAILED, "no");

	(void)state;
	error = error_set_hint(error, "first");
	error = error_set_hint(error, "second");
	assert_error(error, ERROR_FAILED, "no", "second");
}

static void errno_decides_text_and_kind(void **state)
{
	static const struct {
		int number;
		enum error_kind kind;
		const char *message;
	} cases[] = {
		{ENOMEM, ERROR_NO_MEMORY, "cannot x: Cannot allocate memory"},
		{ENOENT, ERROR_NOT_FOUND, "cannot x: No such file or directory"},
		{ESRCH, ERROR_GONE, "cannot x: No such process"},
		{EPERM, ERROR_DENIED, "cannot x: Operation not permitted"},
		{EACCES, ERROR_DENIED, "cannot x: Permission denied"},
		{EIO, ERROR_FAILED, "cannot x: Input/output error"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_error(error_from_errno(cases[i].number, "cannot %s", "x"), cases[i].kind,
			cases[i].message, NULL);
}

static void out_of_memory_needs_no_memory(void **state)
{
	struct error *error = &error_no_memory;

	(void)state;
	assert_ptr_equal(error_add_context(error, "context"), &error_no_memory);
	assert_ptr_equal(error_set_hint(error, "hint"), &error_no_memory);
	error_destroy(error);
	error_destroy(NULL);
	assert_string_equal(error_no_memory.message, "out of memory");
	assert_null(error_no_memory.hint);
	assert_int_equal(error_no_memory.kind, ERROR_NO_MEMORY);
}

static void one_kind_may_be_an_outcome(void **state)
{
	(void)state;
	assert_null(error_unless(NULL, ERROR_GONE));
	assert_null(error_unless(error_create(ERROR_GONE, "away"), ERROR_GONE));
	assert_error(error_unless(error_create(ERROR_FAILED, "no"), ERROR_GONE), ERROR_FAILED, "no",
		NULL);
	assert_ptr_equal(error_unless(&error_no_memory, ERROR_GONE), &error_no_memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create_formats_the_message),
		cmocka_unit_test(context_comes_before_the_message),
		cmocka_unit_test(context_keeps_kind_and_hint),
		cmocka_unit_test(a_later_hint_replaces_the_earlier),
		cmocka_unit_test(errno_decides_text_and_kind),
		cmocka_unit_test(out_of_memory_needs_no_memory),
		cmocka_unit_test(one_kind_may_be_an_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
