#pragma once

#include "profile/profile.h"
#include "session/attachment.h"

/*
 * Names a profile of stacks of the process: by the files that are mapped (symbolize_profile()), and
 * code that was made at run time by what its runtime says of it in a jit-PID.dump that is mapped,
 * or else in /tmp/perf-PID.map, with the PID and the /tmp that the process itself sees. That file
 * is read once, and only if there is such code. Like perf, limpet trusts it only if the user of the
 * process or root owns it. A map that is missing, not to be trusted or larger than 512 MiB is no
 * error: a comment of the profile says what has no name, why, and what to do. Recordings have no
 * map.
 */
struct error *attachment_name_profile(struct attachment *attachment, struct profile *profile)
	MUST_CHECK;

/*
 * The same without code that was made at run time. The executable is called by the process's own
 * name where that is a link to it, as redis-server is to redis-check-rdb in Debian. Remarks say
 * what has no name (unnamed_note()).
 */
struct error *attachment_name_addresses(struct attachment *attachment, struct profile *profile)
	MUST_CHECK;
