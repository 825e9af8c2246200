#pragma once

#include "cli/live_page.h"

/* The tables of a live view's page. */

/* Adds a line, cut to the width. */
struct error *live_page_add(
	struct live_page *page, enum live_style style, const char *text, size_t width) MUST_CHECK;

/* Adds what the view shows of functions and threads, in so many lines at most. */
struct error *live_tables_add(struct live_page *page, const struct live_picture *picture,
	struct live_view *view, size_t width, size_t height) MUST_CHECK;
