#include "../base/test_support.h"

#include "cli/live_view.h"

#define ESCAPE 0x1b

static enum live_action press(struct live_view *view, const char *keys)
{
	enum live_action action = LIVE_SHOW;

	for (; *keys; keys++)
		action = live_view_key(view, (unsigned char)*keys);
	return action;
}

static void keys_ask_for_what_they_should(void **state)
{
	static const struct {
		const char *key;
		enum live_action action;
	} cases[] = {
		{"q", LIVE_QUIT},
		{"Q", LIVE_QUIT},
		{"p", LIVE_PAUSE},
		{" ", LIVE_PAUSE},
		{"r", LIVE_RESET},
		{"o", LIVE_SHOW},
		{"x", LIVE_SHOW},
		{"s", LIVE_SHOW},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct live_view view = {0};

		assert_int_equal(press(&view, cases[i].key), cases[i].action);
	}
}

static void order_and_panes_go_round(void **state)
{
	struct live_view view = {.scroll = 3};

	(void)state;
	press(&view, "o");
	assert_true(view.by_total);
	assert_int_equal(view.scroll, 0);
	press(&view, "o");
	assert_false(view.by_total);
	press(&view, "v");
	assert_int_equal(view.pane, LIVE_FUNCTIONS);
	press(&view, "\t");
	assert_int_equal(view.pane, LIVE_THREADS);
	press(&view, "v");
	assert_int_equal(view.pane, LIVE_BOTH);
}

static void a_filter_works_while_it_is_typed(void **state)
{
	struct live_view view = {0};

	(void)state;
	press(&view, "/Qr");
	assert_int_equal(view.prompt, LIVE_PROMPT_FILTER);
	assert_string_equal(view.filter, "Qr");
	assert_true(live_view_shows(&view, "SQRT"));
	assert_false(live_view_shows(&view, "q"));
	live_view_key(&view, LIVE_KEY_BACKSPACE);
	assert_string_equal(view.filter, "Q");
	press(&view, "\r");
	assert_int_equal(view.prompt, LIVE_NO_PROMPT);
	assert_string_equal(view.filter, "Q");
	press(&view, "/x\025yz"); /* Ctrl-U */
	assert_string_equal(view.filter, "yz");
	live_view_key(&view, ESCAPE);
	assert_string_equal(view.filter, "");
	assert_true(live_view_shows(&view, "anything"));
	press(&view, "/a\r");
	live_view_key(&view, ESCAPE);
	assert_string_equal(view.filter, "");
}

static void a_file_is_asked_for(void **state)
{
	struct live_view view = {.filter = "kept"};

	(void)state;
	assert_int_equal(press(&view, "sq.svg\n"), LIVE_SAVE);
	assert_string_equal(view.input, "q.svg");
	assert_string_equal(view.filter, "kept");
	assert_int_equal(press(&view, "s\n"), LIVE_SHOW);
	press(&view, "sx");
	assert_int_equal(live_view_key(&view, ESCAPE), LIVE_SHOW);
	assert_int_equal(view.prompt, LIVE_NO_PROMPT);
	assert_string_equal(view.filter, "kept");
}

static void characters_are_typed_and_deleted_whole(void **state)
{
	struct live_view view = {0};

	(void)state;
	press(&view, "s");
	live_view_key(&view, 0xe9);
	live_view_key(&view, 0x6f22);
	live_view_key(&view, 0x1f980);
	live_view_key(&view, 0xd800);
	live_view_key(&view, 0x9b);
	live_view_key(&view, 0x07);
	assert_string_equal(view.input, "\xc3\xa9\xe6\xbc\xa2\xf0\x9f\xa6\x80");
	live_view_key(&view, 0x7f);
	assert_string_equal(view.input, "\xc3\xa9\xe6\xbc\xa2");
	live_view_key(&view, 0x08);
	live_view_key(&view, 0x08);
	live_view_key(&view, 0x08);
	assert_string_equal(view.input, "");
	for (int i = 0; i < LIVE_INPUT_MAX; i++)
		live_view_key(&view, 0xe9);
	assert_int_equal(strlen(view.input), (LIVE_INPUT_MAX - 1) / 2 * 2);
}

static void help_and_messages_end_with_the_next_key(void **state)
{
	struct live_view view = {.message = "saved"};

	(void)state;
	press(&view, "?");
	assert_true(view.help);
	assert_string_equal(view.message, "");
	assert_int_equal(press(&view, "q"), LIVE_SHOW);
	assert_false(view.help);
}

static void arrows_scroll(void **state)
{
	struct live_view view = {.page = 10};

	(void)state;
	live_view_key(&view, LIVE_KEY_UP);
	assert_int_equal(view.scroll, 0);
	live_view_key(&view, LIVE_KEY_PAGE_DOWN);
	live_view_key(&view, LIVE_KEY_DOWN);
	assert_int_equal(view.scroll, 11);
	live_view_key(&view, LIVE_KEY_UP);
	live_view_key(&view, LIVE_KEY_PAGE_UP);
	assert_int_equal(view.scroll, 0);
	live_view_key(&view, LIVE_KEY_DOWN);
	live_view_key(&view, LIVE_KEY_PAGE_UP);
	assert_int_equal(view.scroll, 0);
	live_view_key(&view, LIVE_KEY_DOWN);
	live_view_key(&view, LIVE_KEY_HOME);
	assert_int_equal(view.scroll, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_ask_for_what_they_should),
		cmocka_unit_test(order_and_panes_go_round),
		cmocka_unit_test(a_filter_works_while_it_is_typed),
		cmocka_unit_test(a_file_is_asked_for),
		cmocka_unit_test(characters_are_typed_and_deleted_whole),
		cmocka_unit_test(help_and_messages_end_with_the_next_key),
		cmocka_unit_test(arrows_scroll),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
