#pragma once

#include <stdbool.h>

#include "session/session.h"

/*
 * "(limpet) ", "(limpet 1234 redis-server) ", with "heap:on" or "heap:off" behind the name while
 * the profiler stays so by limpet's doing, and ", gone" once the process has ended. Color is put
 * between readline's marks of what takes no room. To be freed; NULL without memory.
 */
char *prompt_make(const struct session *session, bool color);
