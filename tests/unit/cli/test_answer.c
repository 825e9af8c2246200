#include "../base/test_support.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "cli/answer.h"
#include "cli/command.h"

static const struct command plain = {.name = "plain"};
static const struct command structured = {.name = "structured", .prints_json = true};
static const struct command runs_others = {.name = "watch", .stops_at_argument = true};

struct fixture {
	struct session *session;
	char *text;
	size_t length;
};

static struct fixture start(bool json)
{
	struct fixture fixture = {0};

	assert_success(session_create(&fixture.session));
	fixture.session->out = NULL;
	if (json)
		assert_success(settings_set(&fixture.session->settings, SETTING_JSON, "on"));
	return fixture;
}

static void end(struct fixture *fixture)
{
	free(fixture->text);
	session_destroy(fixture->session);
}

/* What the command prints, with a line of text and a key, and error. */
static void assert_answers(
	bool json, const struct command *command, struct error *error, const char *expected)
{
	struct fixture fixture = start(json);
	struct session *session = fixture.session;
	struct arguments arguments = {.command = command};
	struct answer_scope scope;

	session->out = open_memstream(&fixture.text, &fixture.length);
	FILE *out = session->out;
	assert_success(answer_begin(session, &arguments, &scope));
	assert_int_equal(session->json, json);
	if (session->json && command->prints_json)
		answer_put(session, "key", json_integer(1));
	else
		fputs("one\n\377two\n", session->out);
	CLEANUP(cleanup_error) struct error *told = answer_end(session, &scope, error);
	assert_ptr_equal(told, error);
	assert_ptr_equal(session->out, out);
	assert_false(session->json);
	assert_null(session->answer);
	fclose(out);
	assert_string_equal(fixture.text, expected);
	end(&fixture);
}

static void text_stays_text_unless_json_is_asked_for(void **state)
{
	(void)state;
	assert_answers(false, &plain, NULL, "one\n\377two\n");
	assert_answers(false, &structured, NULL, "one\n\377two\n");
}

static void a_command_without_a_form_of_its_own_is_wrapped(void **state)
{
	(void)state;
	assert_answers(true, &plain, NULL,
		"{\"command\":\"plain\",\"text\":[\"one\",\"\357\277\275two\"]}\n");
	assert_answers(true, &structured, NULL, "{\"command\":\"structured\",\"key\":1}\n");
}

static void what_runs_others_is_not_wrapped(void **state)
{
	(void)state;
	assert_answers(true, &runs_others, NULL, "one\n\377two\n{\"command\":\"watch\"}\n");
}

static void an_error_is_told_beside_what_there_is(void **state)
{
	(void)state;
	assert_answers(true, &structured, error_create(ERROR_GONE, "ended"),
		"{\"command\":\"structured\",\"key\":1,\"error\":{\"kind\":\"gone\","
		"\"message\":\"ended\",\"hint\":null,\"position\":null}}\n");
	assert_answers(true, &structured, error_create(ERROR_DENIED, "denied"),
		"{\"command\":\"structured\",\"key\":1,\"error\":{\"kind\":\"denied\","
		"\"message\":\"denied\",\"hint\":\"`doctor` says what works here, and what would "
		"help\",\"position\":null}}\n");
}

static void a_command_within_another_answers_for_itself(void **state)
{
	struct fixture fixture = start(true);
	struct session *session = fixture.session;
	struct arguments outer = {.command = &structured}, inner = {.command = &plain};
	struct answer_scope outer_scope, inner_scope;

	(void)state;
	session->out = open_memstream(&fixture.text, &fixture.length);
	assert_success(answer_begin(session, &outer, &outer_scope));
	answer_put(session, "key", json_integer(1));
	assert_success(answer_begin(session, &inner, &inner_scope));
	assert_success(answer_end(session, &inner_scope, NULL));
	assert_success(answer_end(session, &outer_scope, NULL));
	fclose(session->out);
	assert_string_equal(fixture.text, "{\"command\":\"plain\",\"text\":[]}\n"
					  "{\"command\":\"structured\",\"key\":1}\n");
	end(&fixture);
}

static void what_cannot_be_made_for_want_of_memory_is_an_error(void **state)
{
	struct fixture fixture = start(true);
	struct session *session = fixture.session;
	struct arguments arguments = {.command = &structured};
	struct answer_scope scope;

	(void)state;
	session->out = open_memstream(&fixture.text, &fixture.length);
	assert_success(answer_begin(session, &arguments, &scope));
	answer_put(session, "key", NULL);
	assert_ptr_equal(answer_end(session, &scope, NULL), &error_no_memory);
	fclose(session->out);
	assert_string_equal(fixture.text, "");
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_stays_text_unless_json_is_asked_for),
		cmocka_unit_test(a_command_without_a_form_of_its_own_is_wrapped),
		cmocka_unit_test(what_runs_others_is_not_wrapped),
		cmocka_unit_test(an_error_is_told_beside_what_there_is),
		cmocka_unit_test(a_command_within_another_answers_for_itself),
		cmocka_unit_test(what_cannot_be_made_for_want_of_memory_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
