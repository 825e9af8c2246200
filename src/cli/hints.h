#pragma once

#include "base/string_builder.h"
#include "session/session.h"

/*
 * What could follow a line of input: of its command what the usage says and was not given yet, or
 * what the option takes whose value is missing. Nothing without a command.
 */
void hint_make(const char *line, struct string_builder *ret);

/*
 * Has readline show the hint in grey behind the cursor, as redis-cli does, where the setting says
 * so, there is color, and as much room on the line that the cursor stands in.
 */
void hints_set_up(struct session *session);

/* Takes it from the screen: before anything is printed while a line is typed. */
void hints_clear(void);
