#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "profile/profile.h"

/*
 * Which samples of a profile are looked at. A profile has to have its names before.
 *
 * Patterns (pattern.h) are matched against the names of functions, their source files, and the
 * files of mappings, and only and ignore choose the samples that -focus and -ignore of `go tool
 * pprof` do (profile/filter.go): only those with a frame that matches the one, and none that
 * matches the other. What drop_frames hides is not there for them. As in pprof, both leave out
 * samples without any frame.
 *
 * ignore_leaf looks at the innermost function alone, and at its module: as pprof-rs' blocklist does
 * at that of a sampled pc. A system call that a sample was in, as "write(2)", and the function that
 * made it are both innermost.
 */

/* In the order in which they are asked; a sample is left out by the first that speaks against it.
 */
enum filter_rule {
	FILTER_THREAD, /* a name or number (threads.h), no pattern */
	FILTER_IGNORE,
	FILTER_IGNORE_LEAF,
	FILTER_ONLY,
	FILTER_RULE_COUNT,
};

struct profile_filter_options {
	const char *rules[FILTER_RULE_COUNT]; /* NULL: not asked for */
	bool per_thread; /* a root frame for each thread; has no say in what is left out */
};

struct profile_filter;

/* The options' texts are borrowed. ERROR_USAGE, with a hint: that is no pattern. */
struct error *profile_filter_create(
	const struct profile_filter_options *options, struct profile_filter **ret) MUST_CHECK;
void profile_filter_destroy(struct profile_filter *filter); /* takes NULL */
void cleanup_profile_filter(struct profile_filter **filter);

#define FILTER_EXAMPLES 3

struct filter_account {
	size_t samples; /* that the rule left out */
	int64_t value;  /* of these, of the type asked for */
	size_t matches; /* of a pattern: how many names matched it, as far as they were looked at */
	uint32_t examples[FILTER_EXAMPLES]; /* the first of these, string ids of the source */
};

struct filter_result {
	struct profile *profile; /* the caller's: what is left, with the source's remarks */
	int64_t total;           /* of the source */
	size_t with_thread;      /* samples of those left that tell their thread */
	struct filter_account rules[FILTER_RULE_COUNT];
};

/* As it was created with; borrowed. */
const struct profile_filter_options *profile_filter_options(const struct profile_filter *filter);

/* value_type: what is added up for the accounts. */
struct error *profile_filter_apply(const struct profile_filter *filter,
	const struct profile *profile, size_t value_type, struct filter_result *ret) MUST_CHECK;
