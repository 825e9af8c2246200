#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "cli/live_page.h"

/* The terminal while a live view has it. There is one at most. Only live_screen.c knows ncurses. */
struct live_screen;

/*
 * Takes the terminal of stdin and stdout, with what it shows kept aside. ERROR_UNSUPPORTED if they
 * are none, or TERM names none that can show a view: with what to do instead.
 */
struct error *live_screen_open(bool color, struct live_screen **ret) MUST_CHECK;
/* Gives the terminal back as it was. Takes NULL. */
void live_screen_close(struct live_screen *screen);

void live_screen_size(struct live_screen *screen, size_t *ret_width, size_t *ret_height);
void live_screen_draw(struct live_screen *screen, const struct live_page *page);

/* Characters of Unicode, or enum live_key; LIVE_KEY_NONE if none was pressed. */
uint32_t live_screen_key(struct live_screen *screen);
/* Returns when a key is there or a signal came, after so long, ns, at most. false: no terminal. */
bool live_screen_wait(struct live_screen *screen, uint64_t time);

/* Whether the terminal has another size, or another program had it, since the last drawing. */
bool live_screen_is_stale(const struct live_screen *screen);

/* Ctrl-Z was pressed, and waits to be obeyed. */
bool live_screen_must_stop(const struct live_screen *screen);
/* Gives the terminal back, stops limpet, and takes the terminal again when that is continued. */
void live_screen_stop(struct live_screen *screen);
