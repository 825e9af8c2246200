#include "cli/jemalloc_access.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "cli/report.h"

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

struct error *note_switched(struct session *session, const struct arguments *arguments,
	const char *name, const char *before, const char *now, const char *undo, char **ret_undo)
{
	const char *instance = asked_for(session, arguments);
	CLEANUP(cleanup_free) char *whole_name = NULL;
	CLEANUP(cleanup_free) char *whole_undo = NULL;
	struct error *error;

	if (asprintf(&whole_name, "%s%s%s", name, instance[0] ? " of " : "", instance) < 0 ||
		asprintf(&whole_undo, "%s%s%s", undo, instance[0] ? " --instance " : "", instance) <
			0)
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
