#include "../base/test_support.h"

#include <stdlib.h>

#include "base/string_builder.h"
#include "cli/completion.h"
#include "cli/prompt.h"

static struct session *session;

static void add_profile(void)
{
	struct session_profile profile = {.name = strdup("x")};
	const struct session_profile *added;

	assert_success(profile_create(&profile.profile));
	assert_success(session_add_profile(session, &profile, &added));
}

static int set_up(void **state)
{
	(void)state;
	assert_success(session_create(&session));
	add_profile();
	add_profile();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	session_destroy(session);
	return 0;
}

/* Candidates each with a blank behind, and "FILES" if names of files would do. */
static void assert_completed(const char *before, const char *word, const char *expected)
{
	CLEANUP(completion_deinit) struct completion completion;
	STRING_BUILDER(text);

	completion_make(session, cursor_over(before, strlen(before)), word, &completion);
	string_append(&text, "");
	ARRAY_FOR_EACH (candidate, &completion.candidates)
		string_append_format(&text, "%s ", candidate->text);
	string_append(&text, completion.files ? "FILES" : "");
	assert_string_equal(text.text, expected);
}

static void commands_come_first(void **state)
{
	(void)state;
	assert_completed("", "so", "source ");
	assert_completed("  ", "qu", "quit ");
	assert_completed("", "ex", "exit ");
	assert_completed("", "xyz", "");
	assert_completed("help ", "apr", "apropos ");
	assert_completed("help top ", "apr", "");
}

static void arguments_are_what_the_command_says(void **state)
{
	(void)state;
	assert_completed("source ", "x", "FILES");
	assert_completed("set ", "col", "color ");
	assert_completed("set color ", "", "always auto never ");
	assert_completed("set color ", "al", "always ");
	assert_completed("set rate ", "", "");
	assert_completed("show ", "nodec", "nodecount ");
	assert_completed("show rate ", "nodec", "");
	assert_completed("top ", "@", "@1 @2 FILES");
	assert_completed("nonsense ", "a", "");
}

static void options_and_their_values_are_known(void **state)
{
	(void)state;
	assert_completed("top ", "--cu", "--cum ");
	assert_completed("top --number ", "@", "");
	assert_completed("top -n ", "@", "");
	assert_completed("top -n 5 ", "@1", "@1 FILES");
	assert_completed("flame -o ", "", "FILES");
	assert_completed("help ", "--", "--json ");
}

static void a_redirection_takes_a_file(void **state)
{
	(void)state;
	assert_completed("show > ", "a", "FILES");
	assert_completed("show | tee ", "a", "FILES");
	assert_completed("show | ", "./a", "FILES");
	assert_completed("load 'x ", "y", "FILES");
}

static void values_follow_an_equals_sign(void **state)
{
	(void)state;
	assert_completed("set color=", "al", "always ");
	assert_completed("color=", "al", "always ");
	assert_completed("flame --output=", "", "FILES");
	assert_completed("top base=", "@1", "@1 FILES");
	assert_completed("nonsense=", "al", "");
	assert_completed("top nonsense=", "al", "");
	assert_completed("top ", "foc", "focus= FILES");
	assert_completed("top ", "-cu", "-cum ");
}

static void add_function(struct profile *profile, const char *name)
{
	struct profile_function function = {0};
	uint32_t id;

	assert_success(profile_string(profile, name, &function.name));
	assert_success(profile_add_function(profile, &function, &id));
}

static void functions_become_patterns(void **state)
{
	struct profile *profile = session->profiles.items[1].profile;

	(void)state;
	add_function(profile, "operator new(unsigned long)");
	add_function(profile, "(*T).run|");
	add_function(profile, "main");
	assert_completed("top --only ", "", "..T..run. main operator.new.unsigned.long. ");
	assert_completed("top --only ", "(", "..T..run. ");
	assert_completed("top --only '", "operator n", "operator.new.unsigned.long. ");
	assert_completed("top @2 only=", "ma", "main ");
	assert_completed("top @1 --only ", "ma", "");
	assert_completed("top @7 --only ", "ma", "");
}

static void assert_broken(const char *line, bool at_equals, bool at_bar)
{
	const char *breaks = completion_break_characters(cursor_over(line, strlen(line)));

	assert_int_equal(strchr(breaks, '=') != NULL, at_equals);
	assert_int_equal(strchr(breaks, '|') != NULL, at_bar);
}

static void names_have_signs_in_them(void **state)
{
	(void)state;
	assert_broken("top --only std::vec<int>::p", false, false);
	assert_broken("top --only=std", true, false);
	assert_broken("rate=", true, false);
	assert_broken("top >file", true, true);
	assert_broken("top |so", true, true);
	assert_broken("top | so", true, true);
	assert_broken("", true, true);
}

static void the_prompt_shows_the_target(void **state)
{
	char *prompt = prompt_make(session, false);

	(void)state;
	assert_string_equal(prompt, "(limpet) ");
	free(prompt);
	session->target_text = strdup("1234 evil\033[2J\n");
	prompt = prompt_make(session, false);
	assert_string_equal(prompt, "(limpet 1234 evil\xEF\xBF\xBD[2J\xEF\xBF\xBD) ");
	free(prompt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(commands_come_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			arguments_are_what_the_command_says, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			options_and_their_values_are_known, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_redirection_takes_a_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(values_follow_an_equals_sign, set_up, tear_down),
		cmocka_unit_test_setup_teardown(functions_become_patterns, set_up, tear_down),
		cmocka_unit_test(names_have_signs_in_them),
		cmocka_unit_test_setup_teardown(the_prompt_shows_the_target, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
