#pragma once

#include "session/attachment.h"

/* attachment_name_profile(), with a line of progress while it takes. */
struct error *name_profile(const struct session *session, struct attachment *attachment,
	struct profile *profile) MUST_CHECK;
