#include "../base/test_support.h"

#include "cli/command.h"
#include "cli/files.h"
#include "cli/profile_argument.h"
#include "export/format.h"

extern const struct command command_save, command_convert;

static void the_help_names_every_format(void **state)
{
	(void)state;
	for (size_t i = 0; i < export_formats.count; i++) {
		if (!export_formats.formats[i].write)
			continue;
		assert_non_null(strstr(command_save.description, export_formats.formats[i].suffix));
		assert_non_null(
			strstr(command_convert.description, export_formats.formats[i].suffix));
	}
}

static void pictures_are_told_by_their_name(void **state)
{
	(void)state;
	assert_true(file_is_picture("a.svg"));
	assert_true(file_is_picture("/b/a.pb.svg"));
	assert_false(file_is_picture("a.txt"));
	assert_false(file_is_picture("svg"));
	assert_false(file_is_picture("a.nothing"));
}

static void an_argument_is_a_number_or_a_file(void **state)
{
	struct profile_argument argument = {0};
	struct session *session;

	(void)state;
	assert_success(session_create(&session));
	assert_error(profile_argument_init(session, NULL, &argument), ERROR_NOT_FOUND,
		"there is no profile yet",
		"take one with `cpu` or `heap dump`, or `load FILE`; `live` shows a process as it "
		"runs");
	assert_error(profile_argument_init(session, "/missing/file", &argument), ERROR_NOT_FOUND,
		"cannot open '/missing/file': No such file or directory",
		"a profile is a number such as @1, or a file");
	assert_success(profile_argument_init(
		session, TEST_DATA_DIRECTORY "/heap/one_thread.heap", &argument));
	assert_int_equal(session->profiles.count, 0);
	assert_ptr_equal(argument.profile, &argument.made);
	assert_string_equal(argument.profile->name, "one_thread.heap");
	assert_string_equal(argument.profile->description, "jemalloc heap dump");
	assert_true(argument.profile->raw.count > 0);
	profile_argument_deinit(&argument);
	session_destroy(session);
}

static void errors_about_files_are_not_about_the_target(void **state)
{
	struct error *error = file_check("/proc/1/mem.svg");

	(void)state;
	assert_non_null(error);
	assert_int_not_equal(error->kind, ERROR_DENIED);
	error_destroy(error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_help_names_every_format),
		cmocka_unit_test(pictures_are_told_by_their_name),
		cmocka_unit_test(an_argument_is_a_number_or_a_file),
		cmocka_unit_test(errors_about_files_are_not_about_the_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
