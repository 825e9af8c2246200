#include "cli/name_profile.h"

#include "cli/progress.h"
#include "session/naming.h"

struct error *name_profile(
	const struct session *session, struct attachment *attachment, struct profile *profile)
{
	struct progress progress = progress_begin(session);
	struct error *error;

	progress_show(&progress, "naming %zu addresses", profile->locations.count);
	error = attachment_name_profile(attachment, profile);
	progress_end(&progress);
	return error;
}
