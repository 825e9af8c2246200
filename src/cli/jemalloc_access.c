#include "cli/jemalloc_access.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "cli/report.h"
#include "target/live.h"

/* "" stands for the usual one. */
static const char *asked_for(struct session *session, const struct arguments *arguments)
{
	const char *given = arguments_value(arguments, "instance");

	return given ? given : settings_text(&session->settings, SETTING_INSTANCE);
}

struct error *require_jemalloc(struct session *session, const struct arguments *arguments,
	struct attachment **ret, struct jemalloc *ret_jemalloc)
{
	struct attachment *attachment;
	struct error *error = session_attachment(session, &attachment);

	if (!error)
		error = attachment_jemalloc(
			attachment, asked_for(session, arguments), ret_jemalloc);
	if (error)
		return error;
	caller_prefer(attachment->caller,
		(enum call_way)settings_number(&session->settings, SETTING_CALLS));
	*ret = attachment;
	return NULL;
}

/* Of a jemalloc that was asked for, names and commands say which. */
static char *with_instance(const char *text, const char *between, const char *instance)
{
	char *whole;

	return asprintf(&whole, "%s%s%s", text, instance[0] ? between : "", instance) < 0 ? NULL
											  : whole;
}

const struct ledger_entry *find_switched(
	struct session *session, const struct arguments *arguments, const char *name)
{
	CLEANUP(cleanup_free)
	char *whole_name = with_instance(name, " of ", asked_for(session, arguments));

	return whole_name ? ledger_find(&session->attachment->ledger, whole_name) : NULL;
}

void remind_of_switched(struct session *session)
{
	const struct target_identity *identity = &session->attachment->target->identity;
	bool lives = live_target_lives(identity);

	ARRAY_FOR_EACH (entry, &session->attachment->ledger.entries)
		if (lives)
			report(session,
				"%s stays %s in %s, and was %s: `limpet -p %d %s` undoes it",
				entry->name, entry->now, session->target_text, entry->before,
				identity->pid, entry->undo);
		else
			report(session,
				"%s was switched to %s in %s, which has ended: it is not in a new "
				"one",
				entry->name, entry->now, session->target_text);
}

struct error *note_switched(struct session *session, const struct arguments *arguments,
	const char *name, const char *before, const char *now, const char *undo, char **ret_undo)
{
	const char *instance = asked_for(session, arguments);
	CLEANUP(cleanup_free) char *whole_name = with_instance(name, " of ", instance);
	CLEANUP(cleanup_free) char *whole_undo = with_instance(undo, " --instance ", instance);
	struct error *error;

	if (!whole_name || !whole_undo)
		return &error_no_memory;
	error = ledger_note(&session->attachment->ledger, whole_name, before, now, whole_undo);
	if (!error && ret_undo)
		*ret_undo = TAKE_POINTER(whole_undo);
	return error;
}

void finish_jemalloc(struct session *session, const struct jemalloc *jemalloc)
{
	struct leftovers cleaned;

	attachment_note_call(session->attachment, jemalloc);
	if (caller_take_cleaned(session->attachment->caller, &cleaned))
		report(session,
			"took away what a limpet that is gone had left in the process: %zu areas "
			"of "
			"memory, %zu descriptors",
			cleaned.area_count, cleaned.descriptor_count);
}
