#pragma once

#include "session/session.h"

/* Has readline complete by what completion.h says, and list what could be meant with its notes. */
void line_completion_set_up(struct session *session);
void line_completion_end(void);
