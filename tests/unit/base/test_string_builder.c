#include "test_support.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/string_builder.h"

static void pieces_are_joined(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	STRING_BUILDER(builder);

	(void)state;
	string_append(&builder, "heap");
	string_append_char(&builder, '_');
	string_append_format(&builder, "v%d/%s", 2, "524288");
	string_append_bytes(&builder, "\nrest", 1);
	assert_int_equal(builder.length, 15);
	assert_success(string_builder_finish(&builder, &text));
	assert_string_equal(text, "heap_v2/524288\n");
	assert_null(builder.text);
	assert_int_equal(builder.length, 0);
}

static void nothing_appended_is_an_empty_text(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	STRING_BUILDER(builder);

	(void)state;
	assert_success(string_builder_finish(&builder, &text));
	assert_string_equal(text, "");
}

static void long_text_grows_and_stays_terminated(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	STRING_BUILDER(builder);

	(void)state;
	for (int i = 0; i < 5000; i++) {
		string_append_format(&builder, "%04d,", i);
		assert_int_equal(builder.text[builder.length], '\0');
	}
	assert_success(string_builder_finish(&builder, &text));
	assert_int_equal(strlen(text), 25000);
	assert_memory_equal(text + 24995, "4999,", 5);
	assert_memory_equal(text + 12500, "2500,", 5);
}

static void bytes_may_hold_nul(void **state)
{
	STRING_BUILDER(builder);

	(void)state;
	string_append_bytes(&builder, "a\0b", 3);
	string_append_bytes(&builder, NULL, 0);
	assert_int_equal(builder.length, 3);
	assert_memory_equal(builder.text, "a\0b", 4);
}

static void failure_is_remembered_until_finish(void **state)
{
	STRING_BUILDER(builder);
	char *text = NULL;

	(void)state;
	string_append(&builder, "kept");
	builder.failed = true;
	string_append(&builder, "lost");
	string_append_format(&builder, "%d", 1);
	assert_int_equal(builder.length, 4);
	assert_ptr_equal(string_builder_finish(&builder, &text), &error_no_memory);
	assert_null(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(pieces_are_joined),
	        cmocka_unit_test(nothing_appended_is_an_empty_text),
	        cmocka_unit_test(long_text_grows_and_stays_terminated),
	        cmocka_unit_test(bytes_may_hold_nul),
	        cmocka_unit_test(failure_is_remembered_until_finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
