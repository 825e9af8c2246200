#pragma once

#include "base/error.h"
#include "cli/arguments.h"
#include "session/session.h"

/*
 * What $NAME stands for: limpet's own ($pid, $name, ...), what `set $NAME VALUE` keeps, and the
 * environment, in this order. To be freed. ERROR_USAGE, with the nearest one.
 */
struct error *variable_value(const struct session *session, const char *name, char **ret)
	MUST_CHECK;

/* `set $NAME VALUE`, `set $NAME = VALUE`, `set $NAME=VALUE`. */
struct error *variable_set_words(struct session *session, const struct arguments *arguments)
	MUST_CHECK;
/* `show $NAME` */
struct error *variable_show(struct session *session, const char *word) MUST_CHECK;
/* Those of limpet and of the session, a line each. */
void variables_print(struct session *session);

/* Into the environment, for a program that is started next. */
void variables_export(const struct session *session);
