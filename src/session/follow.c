#include "session/follow.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/quantity.h"
#include "session/attachment.h"
#include "target/live.h"

/* Between two looks at /proc for the next process. */
#define PAUSE_FIRST   (50 * NANOSECONDS_PER_MILLISECOND)
#define PAUSE_LONGEST (500 * NANOSECONDS_PER_MILLISECOND)

struct follow {
	char *name;
	char *executable; /* NULL: any */
	uint64_t timeout;
};

void session_follow_none(struct session *session)
{
	struct follow *follow = TAKE_POINTER(session->follow);

	if (!follow)
		return;
	free(follow->name);
	free(follow->executable);
	free(follow);
}

static const struct target_identity *identity_of(const struct session *session)
{
	return session->attachment ? &session->attachment->target->identity : NULL;
}

/* An upgrade that a restart is for takes the old file away first. */
static size_t length_without(const char *text, const char *suffix)
{
	size_t length = strlen(text), end = strlen(suffix);

	return length > end && strcmp(text + length - end, suffix) == 0 ? length - end : length;
}

struct error *session_follow(struct session *session, const char *name, uint64_t timeout)
{
	const struct target_identity *identity = identity_of(session);
	struct follow *follow;

	if (!name && !identity)
		return error_create(ERROR_USAGE, "there is no name to follow");
	follow = calloc(1, sizeof(*follow));
	if (!follow)
		return &error_no_memory;
	session_follow_none(session);
	session->follow = follow;
	follow->timeout = timeout;
	follow->name = strdup(name ? name : identity->name);
	if (identity && identity->executable[0])
		follow->executable = strndup(
			identity->executable, length_without(identity->executable, " (deleted)"));
	if (follow->name && (follow->executable || !identity || !identity->executable[0]))
		return NULL;
	session_follow_none(session);
	return &error_no_memory;
}

bool session_lost_followed(const struct session *session)
{
	const struct target_identity *identity = identity_of(session);

	return session->follow && identity && !live_target_lives(identity);
}

static void tell(const struct session *session, const char *format, ...) FORMAT_PRINTF(2, 3);
static void tell(const struct session *session, const char *format, ...)
{
	CLEANUP(cleanup_free) char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (session->tell && text)
		session->tell(session, text);
}

/* The first of those that are meant; *ret 0: there is none. */
static struct error *find(const struct follow *follow, pid_t *ret)
{
	CLEANUP(u32_array_deinit) struct u32_array pids = {0};
	struct error *error = live_target_find_all(follow->name, &pids);
	uint64_t first = UINT64_MAX;

	*ret = 0;
	ARRAY_FOR_EACH (pid, &pids) {
		uint64_t start;

		if (error || !live_target_started((pid_t)*pid, follow->executable, &start) ||
			start >= first)
			continue;
		first = start;
		*ret = (pid_t)*pid;
	}
	return error;
}

/* *ret_found: whether there was one. One that has ended at once is none. */
static struct error *try(struct session *session, bool *ret_found)
{
	CLEANUP(cleanup_free)
	char *before = session->target_text ? strdup(session->target_text) : NULL;
	struct error *error;
	char number[16];
	pid_t pid;

	*ret_found = false;
	error = find(session->follow, &pid);
	if (error || !pid)
		return error;
	snprintf(number, sizeof(number), "%d", pid);
	error = session_attach_pid(session, number);
	if (error)
		return error_unless(error, ERROR_GONE);
	*ret_found = true;
	if (before)
		tell(session, "picked up again: %s, was %s", session->target_text, before);
	else
		tell(session, "attached to %s", session->target_text);
	return NULL;
}

static struct error *none_came(const struct follow *follow)
{
	char text[QUANTITY_SIZE];

	return error_set_hint(error_create(ERROR_GONE, "no process called '%s' has come within %s",
				      follow->name, format_duration((double)follow->timeout, text)),
		"without --timeout limpet waits for one for ever");
}

static struct error *wait_for_one(struct session *session)
{
	const struct follow *follow = session->follow;
	uint64_t end = clock_monotonic() + follow->timeout, pause = PAUSE_FIRST;

	if (session->target_text)
		tell(session, "%s has ended: waiting for the next one called '%s'",
			session->target_text, follow->name);
	else
		tell(session, "waiting for a process called '%s'", follow->name);
	for (;;) {
		struct error *error;
		bool found;

		if (follow->timeout && clock_monotonic() >= end)
			return none_came(follow);
		if (!session_sleep(pause))
			return error_create(ERROR_INTERRUPTED, "interrupted");
		error = try(session, &found);
		if (error || found)
			return error;
		pause = pause < PAUSE_LONGEST / 2 ? 2 * pause : PAUSE_LONGEST;
	}
}

static bool needs_one(const struct session *session)
{
	return session->follow && (!session->attachment || session_lost_followed(session));
}

struct error *session_pick_up(struct session *session)
{
	struct error *error;
	bool found;

	if (!needs_one(session))
		return NULL;
	error = try(session, &found);
	return error || found ? error : wait_for_one(session);
}

struct error *session_pick_up_now(struct session *session)
{
	bool found;

	return needs_one(session) ? try(session, &found) : NULL;
}
