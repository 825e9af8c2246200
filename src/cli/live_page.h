#pragma once

#include <stddef.h>

#include "base/array.h"
#include "base/error.h"
#include "cli/live_rows.h"
#include "cli/live_view.h"
#include "cli/live_window.h"

/* The picture of a live view as lines of text. */

/* What has been gathered, ready to be shown. */
struct live_picture {
	const char *process; /* printable: "4242 redis-server" */
	unsigned rate;       /* samples a second that were asked for */
	size_t thread_count; /* of the process */
	struct live_totals window;
	struct live_totals since; /* the beginning */
	struct live_rows rows;    /* of the window, sorted */
};

enum live_style {
	LIVE_PLAIN,
	LIVE_TITLE,
	LIVE_HEADING,
	LIVE_HOT, /* a row that matters */
	LIVE_NOTE,
	LIVE_KEYS,
};

struct live_line {
	char *text; /* UTF-8, no wider than the page */
	enum live_style style;
};
ARRAY_DEFINE(live_lines, struct live_line)

struct live_page {
	struct live_lines lines; /* one for each of the terminal's */
	size_t cursor;           /* the column on the last line where one types, or SIZE_MAX */
};

#define LIVE_WIDTH_MIN  40
#define LIVE_HEIGHT_MIN 10

void live_page_deinit(struct live_page *page);

/* A terminal with fewer columns or lines than the minimum is told so. The view is kept in range. */
struct error *live_page_make(const struct live_picture *picture, struct live_view *view,
	size_t width, size_t height, struct live_page *ret) MUST_CHECK;
