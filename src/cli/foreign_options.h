#pragma once

#include <stddef.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "session/session.h"

/*
 * Commands of other tools, by the names and with the options that those have, which call the
 * command that does the same here.
 */

struct foreign_option {
	const char *name;
	const char *becomes; /* the option of the command that is called; NULL: nothing is needed */
	const char *without; /* the same where it was given without its value (number_or_none) */
	const char *refusal, *hint; /* why it cannot be, and what can; refusal NULL: it can */
	const char *remark;         /* said to the user; or NULL */
};

/*
 * The arguments of a command that stand for those given: options that are not in the table keep
 * their names. Without the words. table: ended by one without a name. ERROR_USAGE: what is refused.
 */
struct error *foreign_options_translate(const struct session *session,
	const struct arguments *given, const struct foreign_option *table,
	const struct command *command, struct arguments *ret) MUST_CHECK;

/* Adds an option by its long name, which the arguments' command must have. */
struct error *foreign_options_add(struct arguments *arguments, const char *name, const char *value)
	MUST_CHECK;
