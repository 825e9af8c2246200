#pragma once

#include "base/error.h"

/*
 * The shell's history: $XDG_STATE_HOME/limpet/history, ~/.local/state/limpet/history by default,
 * readable by its owner alone. Several shells may add to it at once.
 */

/* Makes the directories (0700) and the file (0600) as needed; reads it into readline. */
struct error *history_load(char **ret_path) MUST_CHECK;

/* Lines that begin with a blank, and repetitions of the last one, are left out. */
void history_add(const char *path, const char *line); /* path NULL: in memory only */

/* Shortens the file. */
void history_close(const char *path);
