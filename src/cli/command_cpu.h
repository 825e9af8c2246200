#pragma once

#include "base/error.h"
#include "cli/arguments.h"
#include "collect/cpu.h"
#include "session/session.h"

/* What becomes of a profile of CPU or wall time once it is taken. */

/* Takes over the profile, also on failure. *ret is for session_add_profile(), or for deinit. */
struct error *describe_cpu_profile(const struct session *session, struct profile *profile,
	const struct cpu_options *options, struct session_profile *ret) MUST_CHECK;

/* Keeps it as @N: takes over the profile, also on failure. *ret as of session_add_profile(). */
struct error *keep_cpu_profile(struct session *session, struct profile *profile,
	const struct cpu_options *options, const struct session_profile **ret) MUST_CHECK;

/* -r, or the setting. */
struct error *read_sampling_rate(
	const struct session *session, const struct arguments *arguments, unsigned *ret) MUST_CHECK;

/* For people: how much was sampled and what that cost the threads; what was lost, and why. */
void report_cpu_counts(const struct session *session, const struct cpu_options *options,
	const struct cpu_statistics *statistics);
