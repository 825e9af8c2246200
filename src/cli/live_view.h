#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a live view is looked at, and what its keys do; without a terminal. */

#define LIVE_INPUT_MAX   512 /* bytes, NUL included */
#define LIVE_MESSAGE_MAX 1024

enum live_pane {
	LIVE_BOTH,
	LIVE_FUNCTIONS,
	LIVE_THREADS,
	LIVE_PANE_COUNT,
};

enum live_prompt {
	LIVE_NO_PROMPT,
	LIVE_PROMPT_FILTER,
	LIVE_PROMPT_SAVE,
};

/* Keys that are no characters; those that are come as they are in Unicode. */
enum live_key {
	LIVE_KEY_NONE = 0,
	LIVE_KEY_UP = 0x110000,
	LIVE_KEY_DOWN,
	LIVE_KEY_PAGE_UP,
	LIVE_KEY_PAGE_DOWN,
	LIVE_KEY_HOME,
	LIVE_KEY_BACKSPACE,
	LIVE_KEY_OTHER,
};

/* What a key asks of whoever shows the view, beyond showing it anew. */
enum live_action {
	LIVE_SHOW,
	LIVE_QUIT,
	LIVE_PAUSE,
	LIVE_RESET,
	LIVE_SAVE, /* to the file in input */
};

struct live_view {
	bool by_total; /* sorted, instead of by self */
	enum live_pane pane;
	size_t scroll; /* rows; live_page_make() keeps it within what there is */
	size_t page;   /* rows that a page moves by; set by live_page_make() */
	bool paused;
	bool ended; /* the process has */
	bool help;  /* shown instead of the tables */
	enum live_prompt prompt;
	char input[LIVE_INPUT_MAX];
	char filter[LIVE_INPUT_MAX];    /* "": none */
	char message[LIVE_MESSAGE_MAX]; /* until the next key; "": none */
};

enum live_action live_view_key(struct live_view *view, uint32_t key);

/* Whether the text holds the view's filter, in whatever case. */
bool live_view_shows(const struct live_view *view, const char *text);
