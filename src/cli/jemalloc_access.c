#include "cli/jemalloc_access.h"

#include "cli/report.h"

struct error *require_jemalloc(
	struct session *session, struct attachment **ret, struct jemalloc *ret_jemalloc)
{
	struct attachment *attachment;
	struct error *error = session_attachment(session, &attachment);

	if (!error)
		error = attachment_jemalloc(attachment, ret_jemalloc);
	if (error)
		return error;
	caller_prefer(attachment->caller,
		(enum call_way)settings_number(&session->settings, SETTING_CALLS));
	*ret = attachment;
	return NULL;
}

void finish_jemalloc(struct session *session, const struct jemalloc *jemalloc)
{
	struct leftovers cleaned;

	attachment_note_call(session->attachment, jemalloc);
	if (caller_take_cleaned(session->attachment->caller, &cleaned))
		report(session,
			"took away what a limpet that is gone had left in the process: %zu areas of "
			"memory, %zu descriptors",
			cleaned.area_count, cleaned.descriptor_count);
}
