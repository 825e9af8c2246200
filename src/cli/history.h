#pragma once

#include <stdbool.h>

#include "base/error.h"

/*
 * The shell's history: $XDG_STATE_HOME/limpet/history, ~/.local/state/limpet/history by default,
 * readable by its owner alone. Several shells may add to it at once.
 */

/* Makes the directories (0700) and the file (0600) as needed; reads it into readline. */
struct error *history_load(char **ret_path) MUST_CHECK;

/*
 * Whether a line may be kept: not one that begins with a blank, and none that may hold a secret (it
 * speaks of a token, a password, an authorization or the like, or has a URL with a user in it).
 */
bool history_keeps(const char *line);

/* Repetitions of the last one are left out, too. */
void history_add(const char *path, const char *line); /* path NULL: in memory only */

/* Shortens the file to the last 5,000 lines. */
void history_close(const char *path);
