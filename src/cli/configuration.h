#pragma once

#include "session/session.h"

/*
 * Sets what the configuration file says, $XDG_CONFIG_HOME/limpet/config or
 * ~/.config/limpet/config: lines of `set` and comments, nothing else. What is wrong with it is
 * reported with its line, and stops nothing. One that anybody could have written, or that belongs
 * to another user but root, is not read.
 */
void configuration_read_file(struct session *session);

/* Sets what the environment says: LIMPET_RATE=199 for the setting rate, and so on. */
void configuration_read_environment(struct session *session);
