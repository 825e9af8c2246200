#pragma once

#include "base/error.h"
#include "cli/arguments.h"
#include "profile/profile.h"
#include "session/session.h"

/*
 * Prints the table of the functions that used most. By the options "number" and "sample-index",
 * which the command must have, or the settings that stand in for them.
 */
struct error *print_profile_table(struct session *session, const struct arguments *arguments,
	const struct profile *profile) MUST_CHECK;
