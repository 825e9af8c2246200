#include "cli/jemalloc_access.h"

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
