#include "cli/live_view.h"

#include <string.h>

#include "base/array.h"

#define ESCAPE     0x1b
#define CLEAR_LINE 0x15 /* Ctrl-U */
#define DELETE     0x7f
#define BACKSPACE  0x08

static size_t encode(uint32_t character, char bytes[static 4])
{
	if (character < 0x80) {
		bytes[0] = (char)character;
		return 1;
	}
	size_t length = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
	for (size_t i = length; i-- > 1; character >>= 6)
		bytes[i] = (char)(0x80 | (character & 0x3f));
	bytes[0] = (char)((0xf00 >> length & 0xf0) | character);
	return length;
}

static void type(char *input, uint32_t character)
{
	size_t length = strlen(input), more;
	char bytes[4];

	if (character < ' ' || character >= LIVE_KEY_UP ||
		(character >= DELETE && character < 0xa0) ||
		(character >= 0xd800 && character < 0xe000))
		return;
	more = encode(character, bytes);
	if (length + more >= LIVE_INPUT_MAX)
		return;
	memcpy(input + length, bytes, more);
	input[length + more] = '\0';
}

static void delete_last(char *input)
{
	size_t length = strlen(input);

	while (length && ((unsigned char)input[length - 1] & 0xc0) == 0x80)
		length--;
	input[length ? length - 1 : 0] = '\0';
}

static enum live_action end_prompt(struct live_view *view, bool accepted)
{
	enum live_prompt prompt = view->prompt;

	view->prompt = LIVE_NO_PROMPT;
	if (prompt == LIVE_PROMPT_FILTER && !accepted)
		view->filter[0] = '\0';
	return prompt == LIVE_PROMPT_SAVE && accepted && view->input[0] ? LIVE_SAVE : LIVE_SHOW;
}

static enum live_action type_key(struct live_view *view, uint32_t key)
{
	switch (key) {
	case ESCAPE:
		return end_prompt(view, false);
	case '\r':
	case '\n':
		return end_prompt(view, true);
	case BACKSPACE:
	case DELETE:
	case LIVE_KEY_BACKSPACE:
		delete_last(view->input);
		break;
	case CLEAR_LINE:
		view->input[0] = '\0';
		break;
	default:
		type(view->input, key);
	}
	/* Its effect is seen while it is typed. */
	if (view->prompt == LIVE_PROMPT_FILTER)
		memcpy(view->filter, view->input, sizeof(view->filter));
	view->scroll = 0;
	return LIVE_SHOW;
}

static void begin_prompt(struct live_view *view, enum live_prompt prompt, const char *input)
{
	view->prompt = prompt;
	memmove(view->input, input, strlen(input) + 1);
}

static void scroll(struct live_view *view, uint32_t key)
{
	size_t step = key == LIVE_KEY_PAGE_UP || key == LIVE_KEY_PAGE_DOWN ? view->page : 1;

	if (key == LIVE_KEY_HOME)
		view->scroll = 0;
	else if (key == LIVE_KEY_DOWN || key == LIVE_KEY_PAGE_DOWN)
		view->scroll += step;
	else
		view->scroll -= step < view->scroll ? step : view->scroll;
}

static enum live_action look_key(struct live_view *view, uint32_t key)
{
	switch (key) {
	case 'o':
		view->by_total = !view->by_total;
		view->scroll = 0;
		break;
	case 'v':
	case '\t':
		view->pane = (view->pane + 1) % LIVE_PANE_COUNT;
		view->scroll = 0;
		break;
	case '/':
		begin_prompt(view, LIVE_PROMPT_FILTER, view->filter);
		break;
	case ESCAPE:
		view->filter[0] = '\0';
		view->scroll = 0;
		break;
	case 's':
		begin_prompt(view, LIVE_PROMPT_SAVE, "");
		break;
	case '?':
	case 'h':
		view->help = true;
		break;
	case LIVE_KEY_UP:
	case LIVE_KEY_DOWN:
	case LIVE_KEY_PAGE_UP:
	case LIVE_KEY_PAGE_DOWN:
	case LIVE_KEY_HOME:
		scroll(view, key);
		break;
	default:
		break;
	}
	return LIVE_SHOW;
}

enum live_action live_view_key(struct live_view *view, uint32_t key)
{
	view->message[0] = '\0';
	if (view->prompt)
		return type_key(view, key);
	if (view->help) {
		view->help = false;
		return LIVE_SHOW;
	}
	switch (key) {
	case 'q':
	case 'Q':
		return LIVE_QUIT;
	case 'p':
	case ' ':
		return LIVE_PAUSE;
	case 'r':
		return LIVE_RESET;
	default:
		return look_key(view, key);
	}
}

bool live_view_shows(const struct live_view *view, const char *text)
{
	return !view->filter[0] || strcasestr(text, view->filter);
}
