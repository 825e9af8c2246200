#include "../base/test_support.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session/session.h"

static struct session *session;

static int set_up(void **state)
{
	(void)state;
	assert_success(session_create(&session));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	session_destroy(session);
	return 0;
}

static void add(const char *name)
{
	struct session_profile profile = {.name = strdup(name)};
	const struct session_profile *added;

	assert_success(profile_create(&profile.profile));
	assert_success(session_add_profile(session, &profile, &added));
	assert_null(profile.name);
	assert_null(profile.profile);
	assert_int_equal(added->number, session->profiles.count);
	assert_string_equal(added->name, name);
}

static void assert_profile(const char *spec, const char *name)
{
	const struct session_profile *found = NULL;

	assert_success(session_find_profile(session, spec, &found));
	assert_string_equal(found->name, name);
}

static void assert_no_profile(
	const char *spec, enum error_kind kind, const char *message, const char *hint)
{
	const struct session_profile *found;

	assert_error(session_find_profile(session, spec, &found), kind, message, hint);
}

static void profiles_are_numbered(void **state)
{
	(void)state;
	add("one");
	assert_profile("@", "one");
	add("two");
	assert_profile("@1", "one");
	assert_profile("@2", "two");
	assert_profile("@", "two");
}

static void a_profile_that_is_not_there_is_explained(void **state)
{
	(void)state;
	assert_no_profile("@", ERROR_NOT_FOUND, "there is no profile yet",
		"take one with `cpu` or `heap dump`, or `load FILE`; `live` shows a process as it runs");
	add("one");
	assert_no_profile("@2", ERROR_NOT_FOUND, "there is no profile @2", "there is @1 only");
	assert_no_profile("@0", ERROR_NOT_FOUND, "there is no profile @0", "there is @1 only");
	add("two");
	assert_no_profile("@99999999999", ERROR_NOT_FOUND, "there is no profile @99999999999",
		"there are @1 to @2: `profiles` lists them");
	assert_no_profile("@x", ERROR_USAGE, "'@x' is no profile",
		"profiles are written @1, @2, ...; @ is the last one");
	assert_no_profile("1", ERROR_USAGE, "'1' is no profile",
		"profiles are written @1, @2, ...; @ is the last one");
	assert_no_profile("", ERROR_USAGE, "'' is no profile",
		"profiles are written @1, @2, ...; @ is the last one");
}

static void settings_begin_with_their_defaults(void **state)
{
	(void)state;
	assert_int_equal(settings_number(&session->settings, SETTING_RATE), 99);
	assert_int_equal(settings_number(&session->settings, SETTING_DURATION), 10000000000);
	assert_int_equal(settings_number(&session->settings, SETTING_NODECOUNT), 20);
	assert_string_equal(settings_text(&session->settings, SETTING_COLOR), "auto");
	assert_string_equal(settings_text(&session->settings, SETTING_SAMPLE_INDEX), "");
}

static void settings_are_found_by_name(void **state)
{
	enum setting_id id = SETTING_COUNT;

	(void)state;
	for (enum setting_id each = 0; each < SETTING_COUNT; each++) {
		assert_success(setting_find(setting_describe(each)->name, &id));
		assert_int_equal(id, each);
		assert_non_null(setting_describe(each)->help);
	}
	assert_success(setting_find("sample-index", &id));
	assert_int_equal(id, SETTING_SAMPLE_INDEX);
	assert_error(setting_find("rat", &id), ERROR_NOT_FOUND, "there is no setting 'rat'",
		"`show` lists them");
	assert_error(setting_find("rates", &id), ERROR_NOT_FOUND, "there is no setting 'rates'",
		"`show` lists them");
}

static void settings_are_changed(void **state)
{
	(void)state;
	assert_success(settings_set(&session->settings, SETTING_RATE, "10000"));
	assert_int_equal(settings_number(&session->settings, SETTING_RATE), 10000);
	assert_success(settings_set(&session->settings, SETTING_DURATION, "1m30s"));
	assert_int_equal(settings_number(&session->settings, SETTING_DURATION), 90000000000);
	assert_string_equal(settings_text(&session->settings, SETTING_DURATION), "1m30s");
}

static void a_wrong_value_leaves_the_setting_as_it_was(void **state)
{
	static const struct {
		enum setting_id id;
		const char *text, *message, *hint;
	} cases[] = {
		{SETTING_RATE, "0", "'0' is no value of rate",
			"it takes a whole number from 1 to 10000"},
		{SETTING_RATE, "10001", "'10001' is no value of rate",
			"it takes a whole number from 1 to 10000"},
		{SETTING_RATE, "fast", "'fast' is no value of rate",
			"it takes a whole number from 1 to 10000"},
		{SETTING_DURATION, "0", "'0' is no value of duration",
			"it takes seconds, or a time such as 500ms or 1m30s, from 1ms to 168hrs"},
		{SETTING_COLOR, "red", "'red' is no value of color",
			"it takes one of: auto, always, never"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_error(settings_set(&session->settings, cases[i].id, cases[i].text),
			ERROR_USAGE, cases[i].message, cases[i].hint);
	settings_begin_with_their_defaults(NULL);
}

static void color_is_a_setting_before_all_else(void **state)
{
	(void)state;
	FILE *file = tmpfile();
	assert_non_null(file);
	assert_false(session_wants_color(session, file));
	assert_success(settings_set(&session->settings, SETTING_COLOR, "always"));
	assert_true(session_wants_color(session, file));
	fclose(file);
}

static void an_interrupt_is_counted_and_cleared(void **state)
{
	(void)state;
	session_catch_signals();
	assert_false(session_interrupted());
	kill(getpid(), SIGINT);
	assert_true(session_interrupted());
	assert_int_equal(session_interrupts(), 1);
	assert_false(session_sleep(UINT64_C(1000000000000)));
	kill(getpid(), SIGINT);
	assert_int_equal(session_interrupts(), 2);
	session_clear_interrupts();
	assert_false(session_interrupted());
	assert_true(session_sleep(1));
}

static void the_third_interrupt_ends_the_program(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		session_catch_signals();
		raise(SIGINT);
		raise(SIGINT);
		if (session_interrupts() == 2)
			raise(SIGINT);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGINT);
}

static void a_closed_pipe_is_an_error_only(void **state)
{
	int ends[2];

	(void)state;
	session_catch_signals();
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_int_equal(write(ends[1], "x", 1), -1);
	assert_int_equal(errno, EPIPE);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(profiles_are_numbered, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_profile_that_is_not_there_is_explained, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			settings_begin_with_their_defaults, set_up, tear_down),
		cmocka_unit_test_setup_teardown(settings_are_found_by_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(settings_are_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_wrong_value_leaves_the_setting_as_it_was, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			color_is_a_setting_before_all_else, set_up, tear_down),
		cmocka_unit_test(an_interrupt_is_counted_and_cleared),
		cmocka_unit_test(the_third_interrupt_ends_the_program),
		cmocka_unit_test(a_closed_pipe_is_an_error_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
