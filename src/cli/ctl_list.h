#pragma once

#include "base/error.h"
#include "cli/arguments.h"
#include "session/session.h"

/* ctl --list: see command_ctl.c. */
struct error *ctl_list(struct session *session, const struct arguments *arguments) MUST_CHECK;
