#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "session/session.h"

/*
 * A line on stderr that says how far a command is: for somebody who waits at a terminal that can
 * clear it, and not with -q. It never takes more than one row, and is gone at the end.
 */
struct progress {
	bool visible;
	bool shown;
	uint64_t next; /* clock_monotonic(): when it may be shown anew */
};

struct progress progress_begin(const struct session *session);
/* Whether it is time for another line, a few times a second: for whoever makes texts for it. */
bool progress_is_due(struct progress *progress);
/* Shows the line, due or not. */
void progress_show(struct progress *progress, const char *format, ...) FORMAT_PRINTF(2, 3);
/* Clears it: before anything else is printed. */
void progress_end(struct progress *progress);
