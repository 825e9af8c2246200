#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "profile/profile.h"

/*
 * What the options of `go tool pprof` that change stacks and labels leave of a profile
 * (profile/filter.go, profile/prune.go), in the order in which pprof heeds them. Patterns are those
 * of pattern.h; those for frames are matched as focus is (filter.h), but for prune_from, which sees
 * functions' names without their parameters alone.
 */
enum pruning_rule {
	PRUNING_HIDE,      /* frames that match are left out */
	PRUNING_SHOW,      /* and so are those that do not */
	PRUNING_SHOW_FROM, /* stacks begin with their outermost match; those without are left out */
	PRUNING_TAG_FOCUS, /* samples are left out whose labels do not match (tag_filter.h) */
	PRUNING_TAG_IGNORE, /* and those whose labels do */
	PRUNING_TAG_SHOW,   /* labels are left out whose keys do not match */
	PRUNING_TAG_HIDE,   /* and those whose keys do */
	PRUNING_PRUNE_FROM, /* stacks end in their innermost match */
	PRUNING_RULE_COUNT,
};

struct pruning_options {
	const char *rules[PRUNING_RULE_COUNT]; /* NULL: not asked for */
	bool no_inlines; /* of functions inlined into one another, the one that they are in */
};

struct pruned_profile {
	struct profile profile;           /* borrows from the source what is not changed */
	bool matched[PRUNING_RULE_COUNT]; /* rules that something matched */
};

/* pprof's name of a rule: "show_from". */
const char *pruning_rule_name(enum pruning_rule rule);

/* Whether anything is asked for. */
bool pruning_is_wanted(const struct pruning_options *options);

/*
 * The source must outlive what is made. Samples stay apart that have become equal. ERROR_USAGE,
 * with a hint: something is no pattern.
 */
struct error *pruned_profile_init(const struct profile *source,
	const struct pruning_options *options, struct pruned_profile *ret) MUST_CHECK;
void pruned_profile_deinit(struct pruned_profile *pruned);
