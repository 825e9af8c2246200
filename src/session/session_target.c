#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"
#include "session/attachment.h"
#include "session/follow.h"
#include "session/session.h"
#include "target/live.h"
#include "target/snapshot.h"

static const char snapshot_suffix[] = ".snapshot";

struct error *session_detach(struct session *session)
{
	struct error *error;

	if (session->attachment && session->before_leaving)
		session->before_leaving(session);
	error = attachment_end(session->attachment);
	session->attachment = NULL;
	free(session->target_text);
	session->target_text = NULL;
	return error;
}

static struct error *attach_target(struct session *session, struct target *target)
{
	const struct target_identity *identity = &target->identity;
	struct attachment *attachment;
	struct error *error;
	char *text;

	if (asprintf(&text, "%d %s", identity->pid, identity->name) < 0) {
		target_destroy(target);
		return &error_no_memory;
	}
	error = attachment_create(target, &attachment);
	if (error) {
		free(text);
		return error;
	}
	error = attachment_set_up(attachment, session);
	if (error) {
		free(text);
		error_destroy(attachment_end(attachment));
		return error;
	}
	error = session_detach(session);
	session->attachment = attachment;
	session->target_text = text;
	return error;
}

static bool is_snapshot(const char *text)
{
	size_t length = strlen(text), suffix = sizeof(snapshot_suffix) - 1;

	return length > suffix && strcmp(text + length - suffix, snapshot_suffix) == 0;
}

struct error *session_attach_pid(struct session *session, const char *pid)
{
	struct target *target;
	struct error *error;
	uint64_t number;

	if (is_snapshot(pid)) {
		error = snapshot_open(pid, &target);
		return error ? error : attach_target(session, target);
	}
	if (!parse_unsigned(pid, &number) || number == 0 || number > INT_MAX)
		return error_set_hint(error_create(ERROR_USAGE, "'%s' is no process id", pid),
			"-p takes the number of a process; -n takes a name");
	error = live_target_open((pid_t)number, &target);
	return error ? error : attach_target(session, target);
}

struct error *session_attach_name(struct session *session, const char *name)
{
	struct target *target;
	struct error *error;
	pid_t pid;

	error = live_target_find(name, &pid);
	if (!error)
		error = live_target_open(pid, &target);
	return error ? error : attach_target(session, target);
}

struct error *session_attachment(struct session *session, struct attachment **ret)
{
	struct error *error = session_pick_up(session);

	if (error)
		return error;
	if (!session->attachment)
		return error_set_hint(error_create(ERROR_USAGE, "no process is attached"),
			"name one with -p PID or -n NAME, or in the shell with `attach PID`");
	*ret = session->attachment;
	return NULL;
}
