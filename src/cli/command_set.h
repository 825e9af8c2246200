#pragma once

#include "base/error.h"
#include "session/session.h"

/*
 * What the words behind `set` say: NAME VALUE, or NAME=VALUE with a value of NULL. origin:
 * settings_origin(). ERROR_USAGE, ERROR_NOT_FOUND, with a hint at what was meant.
 */
struct error *setting_assign(struct session *session, const char *word, const char *value,
	const char *origin) MUST_CHECK;

/* For a line that has set these without `set`: what that would print, if JSON is asked for. */
struct error *settings_answer(struct session *session, const enum setting_id *ids, size_t count)
	MUST_CHECK;

/* As setting_find(), with a hint at what was meant. */
struct error *setting_find_meant(const char *name, enum setting_id *ret) MUST_CHECK;
