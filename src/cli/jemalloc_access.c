#include "cli/jemalloc_access.h"

struct error *require_jemalloc(
	struct session *session, struct attachment **ret, struct jemalloc *ret_jemalloc)
{
	struct attachment *attachment;
	struct error *error = session_attachment(session, &attachment);

	if (!error)
		error = attachment_jemalloc(attachment, ret_jemalloc);
	if (!error)
		*ret = attachment;
	return error;
}
