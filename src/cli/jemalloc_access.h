#pragma once

#include "base/error.h"
#include "cli/arguments.h"
#include "jemalloc/mallctl.h"
#include "session/attachment.h"
#include "session/session.h"

/* What the commands that talk to the target's jemalloc have in common. */

/* For the tables of their options. */
#define INSTANCE_OPTION                                                                            \
	{                                                                                          \
		.name = "instance", .argument = "WHICH",                                           \
		.help = "of several jemallocs: number, prefix or path, as in `info`, or address"   \
	}

/* The attached process and its jemalloc, or the one of several that is asked for. */
struct error *require_jemalloc(struct session *session, const struct arguments *arguments,
	struct attachment **ret, struct jemalloc *ret_jemalloc) MUST_CHECK;

/*
 * Notes what was switched, and the command that undoes it: of a jemalloc that was asked for, both
 * say which. *ret_undo, if it is not NULL, is to be freed.
 */
struct error *note_switched(struct session *session, const struct arguments *arguments,
	const char *name, const char *before, const char *now, const char *undo, char **ret_undo)
	MUST_CHECK;

/* As it was noted; NULL: it is as it was found, or another limpet's doing. */
const struct ledger_entry *find_switched(
	struct session *session, const struct arguments *arguments, const char *name);
/* struct session.before_leaving: what stays switched, and the command that undoes it. */
void remind_of_switched(struct session *session);

/* After the calls: keeps their report, and tells what of a dead limpet was taken away. */
void finish_jemalloc(struct session *session, const struct jemalloc *jemalloc);
