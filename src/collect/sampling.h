#pragma once

#include "collect/cpu.h"
#include "collect/pace.h"

/* What the samplers of CPU time and of wall time have in common. */

#define SAMPLING_LABELS_MAX 16384
#define SAMPLING_PAIRS_MAX  (1024 * 1024)

/* Values: samples, and the time of that name. */
struct error *sampling_prepare(
	struct profile *profile, const char *time, const struct cpu_options *options) MUST_CHECK;

/* Tells and asks whoever waits. *statistics: elapsed and end are set. */
bool sampling_is_over(const struct cpu_options *options, const struct pace *pace,
	struct cpu_statistics *statistics);

/*
 * Labels for a thread's sample. Millions of threads may come and go: after so many of them the
 * numbers of those that come later are left out, then their names.
 */
struct error *sampling_label(struct profile *profile, struct cpu_statistics *statistics,
	const char *name, pid_t thread, uint32_t *ret) MUST_CHECK;

/* Many threads may each have many stacks: false of a pair that would be one too many. */
bool sampling_has_room(const struct profile *profile, uint32_t stack, uint32_t labels);

/* Adds values of a thread's stack, labelled, and without labels where there is no room. */
struct error *sampling_add(struct profile *profile, struct cpu_statistics *statistics,
	const char *name, pid_t thread, uint32_t stack, const int64_t *values) MUST_CHECK;

/* That the target has ended is the end of the capture, and no error: then NULL is returned. */
struct error *sampling_take_end(struct error *error, struct cpu_statistics *statistics) MUST_CHECK;

struct error *sampling_add_comments(struct profile *profile, const struct cpu_options *options,
	const struct cpu_statistics *statistics) MUST_CHECK;
